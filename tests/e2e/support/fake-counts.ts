import type { Moment } from '../../../src/main/services/export/moment.ts';
import { countSlices } from '../../../src/main/services/export/count-slices.ts';
import type { Raster } from '../../../src/shared/image/index.ts';
import type { CallOutput, StreamOutput } from '../../../src/shared/contract/index.ts';
import { suggestedMap } from '../../../src/shared/suggested.ts';

type Counts = StreamOutput<'export.count'>;

/**
 * What an export with suggestions would hold of labels that are kept in memory.
 * @param probabilityOf of a label on a slice, 0 … 255; undefined where nothing is suggested.
 */
export function fakeCounts(
  { labels, review, covered, unseen }: CallOutput<'annotation.get'>,
  voxels: CallOutput<'annotation.voxels'>,
  raster: Raster,
  probabilityOf: (label: string, index: number) => Uint8Array | undefined,
  onCounted: (counts: Counts) => void,
): Promise<Counts> {
  const moment: Moment = {
    labels,
    painted: new Map(voxels.map(({ index, runs }) => [index, runs])),
    decisions: review.map((state, k) => ({ state, labels: covered[k]!, unseen: unseen[k]! })),
  };
  const suggestions = {
    has: (label: string, index: number) => probabilityOf(label, index) !== undefined,
    get: async ({ id }: { readonly id: string }, index: number) =>
      suggestedMap(probabilityOf(id, index)!),
    provenance: () => [],
  };
  const never = new AbortController().signal;
  return countSlices(moment, raster, suggestions, never, onCounted);
}
