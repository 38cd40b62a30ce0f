import { statSync } from 'node:fs';
import { MarginaliaError } from '../../../shared/errors.ts';
import { reorient, sameGrid } from '../../../shared/geometry/index.ts';
import {
  frameOf,
  frameSize,
  placeFrame,
  requireVolume,
  type ImageInfo,
  type LoadedFrames,
} from '../../../shared/image/index.ts';
import { COLOUR_WINDOW } from '../../../shared/windowing.ts';
import type { Bundle } from '../../engine/bundle/bundle.ts';
import { modelPicture, resizeNearest } from '../../engine/preprocess.ts';
import { frameNames, labelledImage } from '../../export/index.ts';
import { IMAGE_FILE, readerOf, readImage, requireImages, scanImages } from '../../images/index.ts';
import { chooseImage, decidedName, sliceViews } from '../cases/index.ts';
import { maskOf, sliceOfPicture, type LabelledCase, type LabelTruth } from '../evaluate/index.ts';
import type { DecidedSlice } from '../learn/index.ts';
import { chooseWindow, modelSlice, positionsOf } from '../suggest/index.ts';
import { masksByName, type FrameMask } from './frame-masks.ts';
import type { SimulatedImage } from './simulated-image.ts';

/** Images, and files that say where labels are in them. */
export interface LabelledFiles {
  /** A folder of volume files, or one image of any kind: a file, a folder, a zip. */
  readonly images: string;
  /**
   * Of volume files a folder with label files of the same names. Of one image a label file on its grid, or a
   * folder of PNG masks that are named as `segment` and `export` name them.
   */
  readonly labels: string;
  /** Which series, where the path of one image holds several. */
  readonly series?: string;
  readonly truths: readonly LabelTruth[];
}

/**
 * One image of any kind with its truth. With a label file it is a volume, to be looked at in any plane; with a
 * folder of masks the frames that have one, as they were acquired.
 * @throws MarginaliaError as `scanImages`, `requireImages`, `chooseImage`, `ImageReader.readAll`, `readImage`,
 *   `requireVolume`, `masksByName`; `grid-mismatch`, `no-cases`, `missing-picture`.
 */
export async function readLabelledImage(
  files: LabelledFiles,
  bundle: Bundle,
  signal?: AbortSignal,
): Promise<LabelledCase | SimulatedImage> {
  const { images, labels, series } = files;
  const scan = await scanImages([images], signal ? { signal } : {});
  requireImages(scan, [images]);
  const image = chooseImage(scan, series);
  const frames = await readerOf(image).readAll(image, signal ? { signal } : {});
  const isFile = IMAGE_FILE.test(labels) && statSync(labels, { throwIfNoEntry: false })?.isFile();
  return isFile
    ? readLabelFile(image, frames, files)
    : labelledFrames(image, frames, await masksByName(labels, signal), files, bundle);
}

async function readLabelFile(
  image: ImageInfo,
  frames: LoadedFrames,
  { images, labels }: LabelledFiles,
): Promise<LabelledCase> {
  const volume = reorient(requireVolume(image, frames), 'LPS').volume;
  const truth = reorient(await readImage(labels), 'LPS').volume;
  if (sameGrid(volume.grid, truth.grid, 0.01))
    return { name: images, image: volume, labels: truth };
  throw new MarginaliaError(
    'grid-mismatch',
    `The image and the labels in ${labels} lie on different grids.`,
    'Resample one onto the other first.',
  );
}

function labelledFrames(
  image: ImageInfo,
  frames: LoadedFrames,
  masks: ReadonlyMap<string, FrameMask>,
  { labels, truths }: LabelledFiles,
  bundle: Bundle,
): SimulatedImage {
  const labelled = labelledImage(image, frames);
  const { raster } = labelled;
  const names = frameNames(labelled);
  const missing = [...masks.keys()].find((name) => !names.includes(name));
  if (missing !== undefined) {
    throw new MarginaliaError(
      'missing-picture',
      `The mask ${missing} in ${labels} belongs to no frame of the image.`,
      `Masks are named as exports name them: ${names[0]!}.png and so on.`,
    );
  }
  const window =
    image.channels === 3
      ? COLOUR_WINDOW
      : chooseWindow(
          bundle.json.preprocessing.window,
          frames,
          image.modality || undefined,
          image.windows[0],
        );
  const positions = positionsOf({ image, raster });
  const views = sliceViews(raster, image.channels);
  const chosen = names.flatMap((name, k) => (masks.has(name) ? [k] : []));
  const slices = chosen.map((k): DecidedSlice => {
    const mask = masks.get(names[k]!)!;
    const view = views(k);
    const [columns, rows] = frameSize(raster, k);
    if (mask.columns !== columns || mask.rows !== rows) {
      throw new MarginaliaError(
        'grid-mismatch',
        `The mask ${names[k]!} has ${mask.columns} × ${mask.rows} pixels, its frame ${columns} × ${rows}.`,
        'Give the masks in the sizes of the frames.',
      );
    }
    const truth = view.toShown(placeFrame({ ...mask, channels: 1 }, raster.size) as Uint8Array);
    const slice = modelSlice(view.show(frameOf(frames, k)), image, window);
    return {
      name: decidedName(image.id, k),
      spacing: view.shown.spacing,
      slice,
      targets: truths.map(({ prompt, values }) => ({ prompt, mask: maskOf(truth, values) })),
    };
  });
  return {
    slices: positions ? slices : slices.map((slice) => atModelSize(slice, bundle)),
    labels: truths.map(({ name }) => name),
    positions: positions && chosen.map((k) => positions[k]!),
  };
}

/** A picture of a set as those of data sets: there may be hundreds, of any size. */
function atModelSize({ name, slice, targets }: DecidedSlice, bundle: Bundle): DecidedSlice {
  const size = bundle.architecture.image;
  const { rows, columns } = slice;
  return {
    name,
    spacing: [1, 1],
    slice: sliceOfPicture(modelPicture(slice, size)),
    targets: targets.map(({ prompt, mask }) => ({
      prompt,
      mask: resizeNearest(mask, rows, columns, size, size),
    })),
  };
}
