import { MarginaliaError } from '../../../shared/errors.ts';
import type { LabelResult } from '../result.ts';

/**
 * Frames, from 0, that files of single pictures are written of: those of which something is said. They were
 * decided on, also as being empty, or they hold what is included beside that: what is painted, what is
 * suggested. Whoever learns from such files takes an empty mask as a statement, so that none is written where
 * nobody made it. Of what a model segmented, all.
 * @throws MarginaliaError `nothing-labelled` where there is none.
 */
export function writtenFrames({ image, contents }: LabelResult): number[] {
  if (contents === null) return Array.from({ length: image.raster.size[2] }, (_, k) => k);
  const { decided, paintedUndecided, suggested } = contents;
  const frames = new Set([...decided, ...paintedUndecided, ...suggested.map(({ slice }) => slice)]);
  if (frames.size > 0) return [...frames].sort((a, b) => a - b);
  throw new MarginaliaError(
    'nothing-labelled',
    'No picture is painted or decided on: there is none to write a mask of.',
    'Paint a label, or accept or correct a picture.',
  );
}
