import { groupBy } from '../../../shared/group-by.ts';
import { mapLimited } from '../../../shared/pool.ts';
import type { Bundle } from '../../engine/bundle/bundle.ts';
import { resizeNearest } from '../../engine/preprocess.ts';
import {
  insideOf,
  promptedCases,
  readPromptedCase,
  type PictureChoice,
} from '../evaluate/index.ts';
import { UNDER_WAY } from '../suggest/index.ts';
import type { DecidedSlice } from './decided.ts';

/**
 * The pictures of one part of a data set in the published layout, in the order of their table, with their masks.
 * All are brought to the model's size, as the published code does before it augments: of large pictures there may
 * be hundreds. A picture with several rows in the table is one slice with several prompts, so that it is never
 * learned from by one row and judged on by another.
 * @throws MarginaliaError as `promptedCases` and `readPromptedCase`.
 */
export async function pictureSlices(
  choice: PictureChoice,
  bundle: Bundle,
  signal?: AbortSignal,
): Promise<DecidedSlice[]> {
  const { dataset, cases } = await promptedCases(choice, bundle);
  const size = bundle.architecture.image;
  const byPicture = [...groupBy(cases, ({ picture }) => picture)];
  return mapLimited(byPicture, UNDER_WAY, async ([picture, rows]): Promise<DecidedSlice> => {
    const read = await mapLimited(rows, 1, async (row) => {
      const { slice, truth } = await readPromptedCase(dataset, row, size, signal);
      const mask = resizeNearest(insideOf(truth), truth.rows, truth.columns, size, size);
      return { slice, prompt: row.prompt, mask };
    });
    return {
      name: `${choice.split}/${picture}`,
      spacing: [1, 1],
      slice: read[0]!.slice,
      targets: [...groupBy(read, ({ prompt }) => prompt)].map(([prompt, targets]) => ({
        prompt,
        mask: joined(targets.map(({ mask }) => mask)),
      })),
    };
  });
}

/** What is in any of the masks. */
const joined = (masks: readonly Uint8Array[]): Uint8Array =>
  masks[0]!.map((_, i) => (masks.some((mask) => mask[i] === 1) ? 1 : 0));
