import { MarginaliaError } from '../../../shared/errors.ts';
import type { OutputFile } from '../atomic.ts';
import type { LabelResult } from '../result.ts';
import { frameNames } from './frame-names.ts';
import { frameSize, frameValues } from './frame-values.ts';
import { pngFile } from './png-file.ts';
import { writtenFrames } from './written-frames.ts';

/**
 * masks/<name>.png, one for each frame as `writtenFrames`, of its size: label values in 8 bit, 0 where
 * nothing is labelled.
 * @throws MarginaliaError `nothing-labelled`, `too-many-labels`.
 */
export function maskFiles(result: LabelResult): OutputFile[] {
  requireBytes(result);
  const { image, labelMap } = result;
  const names = frameNames(image);
  return writtenFrames(result).map((k) =>
    pngFile(`masks/${names[k]!}.png`, frameSize(image, k), 1, 8, () =>
      Uint8Array.from(frameValues(labelMap, image, k)),
    ),
  );
}

/** Values of labels in the window are bytes; those of a command need not be. */
function requireBytes({ labels }: LabelResult): void {
  const large = labels.find(({ value }) => value > 255);
  if (large === undefined) return;
  throw new MarginaliaError(
    'too-many-labels',
    `The label “${large.name}” has the value ${large.value}; a mask of 8 bits holds up to 255.`,
    'Write the labels as NIfTI, or fewer of them.',
  );
}
