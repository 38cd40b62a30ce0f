import { readdirSync, statSync } from 'node:fs';
import { axisAcross, displayMap, turned } from '../../../shared/geometry/index.ts';
import { spacingOf } from '../../../shared/volume.ts';
import type { Bundle } from '../../engine/bundle/bundle.ts';
import { IMAGE_FILE } from '../../images/index.ts';
import {
  pairCases,
  readCase,
  type LabelledCase,
  type LabelTruth,
  type PictureChoice,
} from '../evaluate/index.ts';
import { decidedSlices, pictureSlices } from '../learn/index.ts';
import { chooseWindow } from '../suggest/index.ts';
import { readLabelledImage, type LabelledFiles } from './labelled-image.ts';
import type { SimulatedImage } from './simulated-image.ts';

/** What an annotator is played on: labelled files, or a part of a published data set. */
export type SimulationSource = LabelledFiles | PictureChoice;

/** An image that is read when its turn comes. */
export interface SimulationCase {
  readonly name: string;
  readonly read: (signal?: AbortSignal) => Promise<SimulatedImage>;
}

/**
 * The images of a source, in the order of their names.
 * @throws MarginaliaError as `pairCases`.
 */
export function casesOf(source: SimulationSource, bundle: Bundle): SimulationCase[] {
  if ('dataset' in source) {
    const name = `${source.dataset} · ${source.split}`;
    return [{ name, read: (signal) => readDataset(source, bundle, signal) }];
  }
  const { images, labels, truths } = source;
  if (holdsVolumes(images) && holdsVolumes(labels)) {
    return pairCases(images, labels).map((pair) => ({
      name: pair.name,
      read: async () => axialSlices(await readCase(pair), truths, bundle),
    }));
  }
  const read = async (signal?: AbortSignal): Promise<SimulatedImage> => {
    const image = await readLabelledImage(source, bundle, signal);
    return 'slices' in image ? image : axialSlices(image, truths, bundle);
  };
  return [{ name: images, read }];
}

/** Whether a path is a folder of volume files. */
const holdsVolumes = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true &&
  readdirSync(path).some((name) => IMAGE_FILE.test(name) && !name.startsWith('.'));

/** Pictures at the model's size, as they are learned from: how large a picture is changes no Dice by itself. */
async function readDataset(
  source: PictureChoice,
  bundle: Bundle,
  signal: AbortSignal | undefined,
): Promise<SimulatedImage> {
  const slices = await pictureSlices(source, bundle, signal);
  return { slices, labels: [source.prompt ?? 'as prompted'], positions: null };
}

function axialSlices(
  read: LabelledCase,
  truths: readonly LabelTruth[],
  bundle: Bundle,
): SimulatedImage {
  const { grid } = read.image;
  const map = displayMap(grid, axisAcross(grid.affineLps, 'axial'));
  const axial = { ...read, image: turned(read.image, map), labels: turned(read.labels, map) };
  const slices = [...Array(axial.image.grid.size[2]).keys()];
  const between = spacingOf(axial.image.grid)[2];
  const window = chooseWindow(bundle.json.preprocessing.window, axial.image, undefined);
  return {
    slices: decidedSlices(axial, truths, window, 'axial', slices),
    labels: truths.map(({ name }) => name),
    positions: slices.map((k) => k * between),
  };
}
