import type { FromMain, ToMain } from '../../../src/shared/contract/index.ts';
import { decodeRuns } from '../../../src/shared/labelmap/rle.ts';
import { createAnnotation } from '../../e2e/support/fake-annotation.ts';

/** A host of one stack, in the page: what a test tells it to suggest, and labels as it is asked to change them. */
export interface Host {
  readonly annotation: ReturnType<typeof createAnnotation>;
  post(message: ToMain): void;
  labelsOf(slice: number): Uint8Array;
  /** @param evidence what the suggestion follows. */
  suggest(label: string, slice: number, probability: Uint8Array, evidence?: string): void;
  /** Sends a frame of the run that was asked for last. */
  frame(label: string, slice: number, probability: Uint8Array, final: boolean): void;
  /** Edits are answered no more, until they are let go. */
  hold(): void;
  release(): void;
}

interface Suggestion {
  readonly label: string;
  readonly index: number;
  readonly probability: Uint8Array;
  readonly evidence: string | null;
}

export function createHost({
  slices,
  pixels,
  say,
}: {
  readonly slices: number;
  readonly pixels: number;
  readonly say: (message: FromMain) => void;
}): Host {
  const annotation = createAnnotation(slices, pixels);
  const suggestions = new Map<string, Suggestion>();
  let held: (() => void)[] | null = null;
  let run = 0;

  const mapsOf = ({ probability, evidence }: Suggestion) => ({
    samplesUsed: 1,
    probability,
    total: new Uint8Array(pixels),
    aleatoric: new Uint8Array(pixels),
    epistemic: new Uint8Array(pixels),
    evidence: evidence === null ? null : { id: evidence, slices: 1 },
    planes: ['acquired' as const],
  });

  // Names are those of the contract; what the page does not ask for here is answered with nothing.
  const calls: Record<string, (input: never) => unknown> = {
    'annotation.get': () => annotation.get(),
    'annotation.voxels': () => annotation.voxels(),
    'edits.apply': ({ name, slices: changes, review }: EditInput) =>
      annotation.edit(name, changes, review ?? []),
    'review.set': ({ slices: states }: { readonly slices: EditInput['review'] }) =>
      annotation.edit('Decide', [], states ?? []),
    'review.settle': ({ slice }: { readonly slice: number }) => annotation.settle(slice),
    'suggestions.list': () =>
      [...suggestions.values()].map((one) => {
        const { evidence, planes, samplesUsed } = mapsOf(one);
        const { label, index } = one;
        return { label, index, samplesUsed, score: 1, doubt: 0.1, evidence, planes };
      }),
    'suggestions.get': ({ label, index }: { readonly label: string; readonly index: number }) => {
      const one = suggestions.get(`${label}/${index}`);
      return one ? mapsOf(one) : null;
    },
    'queue.next': () => [],
  };

  return {
    annotation,
    post(message) {
      if (message.kind === 'stream') run = message.request;
      if (message.kind !== 'call') return;
      const { name, input, request } = message;
      const answer = (): void =>
        say({ kind: 'result', request, output: calls[name]?.(input as never) ?? null });
      if (held && name.startsWith('edits.')) held.push(answer);
      else queueMicrotask(answer);
    },
    labelsOf(slice) {
      const runs = annotation.voxels().find(({ index }) => index === slice)?.runs;
      return runs ? decodeRuns(runs, pixels) : new Uint8Array(pixels);
    },
    suggest(label, index, probability, evidence) {
      const one = { label, index, probability, evidence: evidence ?? null };
      suggestions.set(`${label}/${index}`, one);
    },
    frame(label, index, probability, final) {
      const one = { label, index, probability, evidence: null };
      if (final) suggestions.set(`${label}/${index}`, one);
      const rest = { score: final ? 1 : null, doubt: final ? 0.1 : null };
      const frame = { kind: 'slice', label, index, final, ...mapsOf(one), ...rest };
      say({ kind: 'frame', request: run, frame });
    },
    hold: () => void (held = []),
    release() {
      const waiting = held ?? [];
      held = null;
      for (const answer of waiting) answer();
    },
  };
}

interface EditInput {
  readonly name: string;
  readonly slices: readonly { index: number; patch: Uint8Array }[];
  readonly review?: Parameters<ReturnType<typeof createAnnotation>['edit']>[2];
}
