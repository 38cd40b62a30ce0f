import type { StreamOutput } from '../../../shared/contract/index.ts';
import type { Raster } from '../../../shared/image/index.ts';
import { countsOf } from '../../export/index.ts';
import type { StoredSuggestions } from '../suggest/index.ts';
import type { Moment } from './moment.ts';
import { tally } from './tally.ts';
import { withheldLabels, writtenSlices } from './written-slices.ts';

type Counts = StreamOutput<'export.count'>;

/**
 * What an export with suggestions would hold.
 * @param onCounted is given all that is known without reading what is suggested, which takes a while.
 * @throws MarginaliaError as `writtenSlices`.
 */
export async function countSlices(
  moment: Moment,
  raster: Raster,
  suggestions: StoredSuggestions,
  signal: AbortSignal,
  onCounted: (counts: Counts) => void,
): Promise<Counts> {
  const pixels = raster.size[0] * raster.size[1];
  const withheld = withheldLabels(moment, suggestions).map(({ name }) => name);
  const counted = async (read: StoredSuggestions): Promise<Counts> => {
    const sum = tally(moment.labels, 'suggested');
    for await (const slice of writtenSlices(moment, pixels, 'suggested', read)) {
      signal.throwIfAborted();
      sum.add(slice);
    }
    return countsOf(sum.contents([]), moment.labels, raster, withheld);
  };
  const unread = await counted({ ...suggestions, get: () => Promise.resolve(null) });
  onCounted({ ...unread, amounts: { ...unread.amounts, suggested: null } });
  return counted(suggestions);
}
