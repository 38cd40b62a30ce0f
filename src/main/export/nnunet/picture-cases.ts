import { MarginaliaError } from '../../../shared/errors.ts';
import { MOST_IN_PNG } from '../../../shared/export-formats.ts';
import { frameSize, frameValues } from '../pictures/frame-values.ts';
import { pngFile } from '../pictures/png-file.ts';
import { writtenFrames } from '../pictures/written-frames.ts';
import type { AnnotationResult } from '../result.ts';
import { valueTable } from './labels.ts';
import {
  seriesName,
  undecidedSlices,
  unseenToIgnore,
  type NnunetCase,
  type Training,
} from './training.ts';

/**
 * Pictures, clips, colour and slices that cannot be brought onto a grid: each frame is a case, image and labels as PNG, which nnU-Net
 * reads with NaturalImage2DIO. Colour is one file of three channels. Grey values are those of the image, in 8
 * or 16 bits. A frame that is not to be taught is no case.
 * @throws MarginaliaError `not-representable` for values that a PNG does not hold.
 */
export function pictureTraining(wanted: NnunetCase): Training {
  const { result, channel } = wanted;
  const { image, labels, labelMap } = result;
  const shown = writtenFrames(result);
  // Of what nobody touched there is nothing that could be taught as it is.
  const undecided = undecidedSlices(result).filter(
    (k) => wanted.undecided === 'ignore' || shown.includes(k),
  );
  const unseenIgnored = unseenToIgnore(wanted);
  const left = new Set([...(wanted.undecided === 'ignore' ? undecided : []), ...unseenIgnored]);
  const frames = shown.filter((k) => !left.has(k));
  const bits = bitsOf(result, frames);
  const digits = Math.max(4, String(image.raster.size[2]).length);
  const nameOf = (k: number): string =>
    `${seriesName(result)}_${String(k + 1).padStart(digits, '0')}`;
  return {
    about: {
      channels: new Array<string>(image.channels).fill(channel),
      labels: labels.map(({ name }) => name),
      ignores: false,
      ending: '.png',
    },
    cases: frames.map((slice) => ({ case: nameOf(slice), slice })),
    undecided,
    unseenIgnored,
    files: ({ values }) => {
      const table = valueTable(labels, values);
      return [
        ...frames.map((k) =>
          pngFile(`labelsTr/${nameOf(k)}.png`, frameSize(image, k), 1, 8, () =>
            frameValues(labelMap, image, k).map((value) => table[value]!),
          ),
        ),
        ...frames.map((k) =>
          pngFile(
            `imagesTr/${nameOf(k)}_0000.png`,
            frameSize(image, k),
            image.channels,
            bits,
            () => {
              const pixels = frameValues(image.data, image, k, image.channels);
              return bits === 8 ? Uint8Array.from(pixels) : Uint16Array.from(pixels);
            },
          ),
        ),
      ];
    },
  };
}

/** As many bits as hold the values of frames. */
function bitsOf({ image }: AnnotationResult, frames: readonly number[]): 8 | 16 {
  if (image.data instanceof Uint8Array) return 8;
  for (const k of frames) {
    const wrong = frameValues(image.data, image, k, image.channels).find(
      (value) => !(value >= 0 && value <= MOST_IN_PNG && Number.isInteger(value)),
    );
    if (wrong === undefined) continue;
    throw new MarginaliaError(
      'not-representable',
      `nnU-Net takes single slices as PNG, which holds whole numbers from 0 to ${MOST_IN_PNG}; slice ${k + 1} has the value ${wrong}.`,
      'Write the labels in another format.',
    );
  }
  return 16;
}
