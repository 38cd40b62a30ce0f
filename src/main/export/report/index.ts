import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { AnnotationResult } from '../result.ts';
import type { OutputFile } from '../atomic.ts';
import type { LabelStatistics } from '../statistics-csv.ts';
import { textFile } from '../output-files.ts';
import { reportPage } from './page.ts';
import { drawPictures } from './pictures.ts';

/**
 * One page for a reader, HTML without scripts that needs nothing else: the series, sizes of labels, what
 * was decided, the model and its doubt, pictures, hashes.
 * @param provenance the text of provenance.json beside it.
 */
export async function reportFile(
  name: string,
  result: AnnotationResult,
  statistics: readonly LabelStatistics[],
  provenance: string,
): Promise<OutputFile> {
  const { size } = result.image.raster;
  const page = reportPage({
    result,
    statistics,
    pictures: await drawPictures(result),
    hashes: {
      labels: await sha256OfSlices(result.labelMap, size[0] * size[1]),
      provenance: createHash('sha256').update(provenance).digest('hex'),
    },
  });
  return textFile(name, page);
}

/** Of the whole map; between two slices other work has its turn. */
async function sha256OfSlices(labelMap: Uint8Array, pixels: number): Promise<string> {
  const hash = createHash('sha256');
  for (let from = 0; from < labelMap.length; from += pixels) {
    hash.update(labelMap.subarray(from, from + pixels));
    await setImmediate();
  }
  return hash.digest('hex');
}
