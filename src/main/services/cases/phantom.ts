import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MarginaliaError } from '../../../shared/errors.ts';
import type { Volume } from '../../../shared/volume.ts';
import { writeFiles, type OutputFile } from '../../export/atomic.ts';
import { niftiBytes, niftiGz, type NiftiImage } from '../../export/nifti-write.ts';
import { phantomSliceFile } from '../../phantom/dicom.ts';
import { phantomVolume, renderPhantom, type PhantomOptions } from '../../phantom/volume.ts';

/** A phantom that no model of this project was trained on (training draws seeds below a million). */
export const DEMO_PHANTOM: PhantomOptions = { seed: 1_000_000, slices: 32, size: 224 };

function niftiFile(
  name: string,
  volume: Volume,
  range: [number, number],
  labels: boolean,
): OutputFile {
  const image: NiftiImage = {
    grid: volume.grid,
    frames: [volume.data],
    acquisition: '2d',
    range,
    labels,
  };
  return { name: `${name}.nii.gz`, atMost: niftiBytes(image), content: () => niftiGz(image) };
}

/**
 * Writes phantoms with their truth as NIfTI, `images/phantom_<seed>.nii.gz` and the same name in
 * `labels/`: cases for `marginalia eval`.
 */
export async function writePhantomCases(
  folder: string,
  options: Omit<PhantomOptions, 'seed'> & { readonly seeds: readonly number[] },
  onProgress?: (done: number, total: number) => void,
): Promise<void> {
  for (const [i, seed] of options.seeds.entries()) {
    const { image, labels } = phantomVolume({ ...options, seed });
    const name = `phantom_${seed}`;
    await writeFiles(join(folder, 'images'), [niftiFile(name, image, [-160, 240], false)]);
    await writeFiles(join(folder, 'labels'), [niftiFile(name, labels, [0, 5], true)]);
    onProgress?.(i + 1, options.seeds.length);
  }
}

/** What a slice takes beside its pixels, at most. */
const HEADER_BYTES = 4096;

/**
 * Writes a phantom as a DICOM series, `0001.dcm` being the lowest slice: all files or none.
 * @throws MarginaliaError `folder-in-use` where DICOM files of something else would mix with it;
 *   as `writeFiles`.
 */
export async function writePhantomSeries(
  folder: string,
  options: PhantomOptions,
  {
    signal,
    onProgress,
  }: {
    readonly signal?: AbortSignal;
    readonly onProgress?: (done: number, total: number) => void;
  } = {},
): Promise<void> {
  const { slices, size } = options;
  const names = Array.from({ length: slices }, (_, k) => `${String(k + 1).padStart(4, '0')}.dcm`);
  // Whatever is wrong with the folder, `writeFiles` says.
  const present = await readdir(folder).catch((): string[] => []);
  const stranger = present.find((name) => name.endsWith('.dcm') && !names.includes(name));
  if (stranger !== undefined) {
    throw new MarginaliaError(
      'folder-in-use',
      `${folder} holds DICOM files already (${stranger}); two series would lie mixed.`,
      'Give an empty folder.',
    );
  }
  const phantom = await renderPhantom(options, signal);
  const files = names.map((name, k) => ({
    name,
    atMost: 2 * size * size + HEADER_BYTES,
    content: () => {
      onProgress?.(k + 1, slices);
      return [phantomSliceFile(phantom, k)];
    },
  }));
  await writeFiles(folder, files, signal === undefined ? {} : { signal });
}
