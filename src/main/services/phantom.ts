import { join } from 'node:path';
import type { Volume } from '../../shared/volume.ts';
import { writeFiles, type OutputFile } from '../export/atomic.ts';
import { niftiBytes, niftiGz, type NiftiImage } from '../export/nifti-write.ts';
import { phantomVolume, type PhantomOptions } from '../phantom/volume.ts';

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
