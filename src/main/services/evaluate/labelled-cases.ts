import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MarginaliaError } from '../../../shared/errors.ts';
import { reorient, sameGrid } from '../../../shared/geometry/index.ts';
import type { Volume, VoxelArray } from '../../../shared/volume.ts';
import { IMAGE_FILE, readImage } from '../../images/index.ts';
import type { LabelPrompt } from '../suggest/index.ts';

/** A label with a reference segmentation: the prompt, and which values of the label files mean it. */
export interface LabelTruth extends LabelPrompt {
  readonly values: readonly number[];
}

/** An image file and its label file. */
export interface CasePair {
  readonly name: string;
  readonly image: string;
  readonly label: string;
}

/** An image and its labels on one grid. */
export interface LabelledCase {
  readonly name: string;
  readonly image: Volume;
  readonly labels: Volume;
}

const stem = (file: string): string => file.replace(IMAGE_FILE, '');

/**
 * Pairs of image and label files of the same name, sorted by name.
 * @throws MarginaliaError `no-such-folder`, `no-cases`.
 */
export function pairCases(images: string, labels: string): CasePair[] {
  const list = (folder: string): Map<string, string> => {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
      throw new MarginaliaError(
        'no-such-folder',
        `There is no folder ${folder}.`,
        'Check the path.',
      );
    }
    const files = readdirSync(folder).filter((f) => IMAGE_FILE.test(f) && !f.startsWith('.'));
    return new Map(files.map((file) => [stem(file), join(folder, file)]));
  };
  const truth = list(labels);
  const pairs = [...list(images)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, image]) => {
      // nnU-Net and the Decathlon number the channels of an image: case_0000 belongs to case.
      const label = truth.get(name) ?? truth.get(name.replace(/_0000$/, ''));
      return label === undefined ? [] : [{ name, image, label }];
    });
  if (pairs.length === 0) {
    throw new MarginaliaError(
      'no-cases',
      `No image in ${images} has a label file of the same name in ${labels}.`,
      'Name label files like their images (.nii, .nii.gz, .nrrd, .nhdr, .mha or .mhd).',
    );
  }
  return pairs;
}

/**
 * Reads a pair.
 * @param orientation storage order to bring both to, e.g. "LPS"; default: as in the files.
 * @throws MarginaliaError `grid-mismatch` and what reading throws.
 */
export async function readCase(
  { name, image, label }: CasePair,
  orientation?: string,
): Promise<LabelledCase> {
  const [picture, truth] = [await readImage(image), await readImage(label)];
  if (!sameGrid(picture.grid, truth.grid, 0.01)) {
    throw new MarginaliaError(
      'grid-mismatch',
      `The image and the label of ${name} lie on different grids.`,
      'Resample one onto the other first.',
    );
  }
  if (orientation === undefined) return { name, image: picture, labels: truth };
  return {
    name,
    image: reorient(picture, orientation).volume,
    labels: reorient(truth, orientation).volume,
  };
}

/** 1 where a label map has one of the values. */
export const maskOf = (labels: VoxelArray, values: readonly number[]): Uint8Array =>
  Uint8Array.from(labels, (v) => (values.includes(v) ? 1 : 0));
