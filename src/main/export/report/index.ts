import { createHash } from 'node:crypto';
import type { AnnotationResult } from '../annotation-result.ts';
import type { OutputFile } from '../atomic.ts';
import type { LabelStatistics } from '../statistics-csv.ts';
import { textFile } from '../write-segmentation.ts';
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
  const page = reportPage({
    result,
    statistics,
    pictures: await drawPictures(result),
    hashes: { labels: sha256(result.labelMap), provenance: sha256(provenance) },
  });
  return textFile(name, page);
}

const sha256 = (data: Uint8Array | string): string =>
  createHash('sha256').update(data).digest('hex');
