import { setImmediate } from 'node:timers/promises';
import { MarginaliaError } from '../../../shared/errors.ts';
import type { OutputFile } from '../atomic.ts';
import { holdsUndecided } from '../contents.ts';
import { imageFile } from '../label-files.ts';
import type { OnGrid } from '../on-grid.ts';
import { niftiFile } from '../output-files.ts';
import type { AnnotationResult } from '../result.ts';
import { datasetLabels, valueTable } from './labels.ts';
import {
  seriesName,
  undecidedSlices,
  unseenToIgnore,
  type NnunetCase,
  type Training,
} from './training.ts';

/**
 * A volume, also of slices that are resampled onto a grid, is one case, NIfTI; what is not to be taught is filled
 * with the value `ignore`.
 * @throws MarginaliaError `not-finite`.
 */
export async function volumeTraining(wanted: NnunetCase, on: OnGrid): Promise<Training> {
  const { result, channel } = wanted;
  await requireFinite(result);
  const name = seriesName(result);
  const undecided = undecidedSlices(result);
  const unseenIgnored = unseenToIgnore(wanted);
  const ignored = new Set([...(wanted.undecided === 'ignore' ? undecided : []), ...unseenIgnored]);
  const ignores = ignored.size > 0;
  const labels = result.labels.map((label) => label.name);
  return {
    about: { channels: [channel], labels, ignores, ending: '.nii.gz' },
    cases: ignored.size < result.complete.length ? [{ case: name, slice: null }] : [],
    undecided,
    unseenIgnored,
    files: ({ values, ignore }) => [
      labelsFile(`labelsTr/${name}.nii.gz`, result, on, ignore, ignores, () =>
        datasetLabels(
          result.labelMap,
          pixelsOf(result),
          valueTable(result.labels, values),
          ignored,
          ignore,
        ),
      ),
      imageFile(`imagesTr/${name}_0000.nii.gz`, result, on, result.window),
    ],
  };
}

const pixelsOf = ({ image: { raster } }: AnnotationResult): number =>
  raster.size[0] * raster.size[1];

/** nnU-Net refuses images with values that are no numbers. */
async function requireFinite(result: AnnotationResult): Promise<void> {
  const { data } = result.image;
  if (!(data instanceof Float32Array)) return;
  const pixels = pixelsOf(result);
  let isFinite = true;
  for (let from = 0; isFinite && from < data.length; from += pixels) {
    isFinite = data.subarray(from, from + pixels).every(Number.isFinite);
    await setImmediate();
  }
  if (isFinite) return;
  throw new MarginaliaError(
    'not-finite',
    'The image has values that are no numbers, which nnU-Net does not take.',
    'Export the labels as NIfTI, and mend the image there.',
  );
}

/**
 * Integers of a byte; made when they are written, of the slices of the image.
 * @param ignores whether what nobody decided is.
 */
function labelsFile(
  name: string,
  { acquisition, labels, contents }: AnnotationResult,
  on: OnGrid,
  ignore: number | null,
  ignores: boolean,
  map: () => Promise<Uint8Array>,
): OutputFile {
  const { grid, resampled } = on;
  const image = {
    grid,
    acquisition,
    range: [0, ignore ?? labels.length],
    labels: true,
    undecided: holdsUndecided(contents) && !ignores,
    resampled: resampled !== null,
  } as const;
  const bytes = grid.size[0] * grid.size[1] * grid.size[2];
  return niftiFile(name, image, bytes, async () => [await on.labels(await map())]);
}
