import { MarginaliaError } from '../../../shared/errors.ts';
import type { ModelJson } from '../../engine/bundle/model-json.ts';
import { readCase, type CasePair, type LabelTruth } from '../evaluate/index.ts';
import { decidedSlices, sliceCount, type DecidedSlice } from './decided.ts';
import type { AnatomicalPlane } from '../../../shared/geometry/index.ts';
import { chooseWindow } from '../suggest/index.ts';

/** Which slices of labelled cases to learn from: named ones, or every n-th axial one. */
export type SliceChoice =
  | {
      readonly slices: readonly {
        readonly case: string;
        readonly plane: AnatomicalPlane;
        readonly index: number;
      }[];
    }
  | { readonly every: number };

/**
 * Reads the chosen slices with the truth of every label, in the order in which they were named.
 * @throws MarginaliaError `no-such-case`, `no-such-slice`, and what reading throws.
 */
export async function chooseSlices(
  pairs: readonly CasePair[],
  truths: readonly LabelTruth[],
  choice: SliceChoice,
  rules: ModelJson['preprocessing']['window'],
): Promise<DecidedSlice[]> {
  const cases = new Map<string, Awaited<ReturnType<typeof readCase>>>();
  const caseOf = async (name: string): Promise<Awaited<ReturnType<typeof readCase>>> => {
    const pair = pairs.find((p) => p.name === name);
    if (pair === undefined) {
      throw new MarginaliaError(
        'no-such-case',
        `There is no case ${name}.`,
        `There are ${pairs.length}, from ${pairs[0]!.name} to ${pairs.at(-1)!.name}.`,
      );
    }
    const read = cases.get(name) ?? (await readCase(pair));
    cases.set(name, read);
    return read;
  };
  const slicesOf = async (
    name: string,
    plane: AnatomicalPlane,
    indices: (count: number) => readonly number[],
  ): Promise<DecidedSlice[]> => {
    const labelled = await caseOf(name);
    const window = chooseWindow(rules, labelled.image, undefined);
    const wanted = indices(sliceCount(labelled, plane));
    return decidedSlices(labelled, truths, window, plane, wanted);
  };
  const chosen: DecidedSlice[] = [];
  if ('slices' in choice) {
    for (const { case: name, plane, index } of choice.slices) {
      chosen.push(...(await slicesOf(name, plane, () => [index])));
    }
    return chosen;
  }
  const { every } = choice;
  for (const { name } of pairs) {
    // From the middle of the first stretch: the ends of a series show little.
    const first = Math.floor(every / 2);
    const indices = (count: number): number[] =>
      Array.from(
        { length: Math.max(0, Math.ceil((count - first) / every)) },
        (_, i) => first + i * every,
      );
    chosen.push(...(await slicesOf(name, 'axial', indices)));
  }
  return chosen;
}
