import type { Command } from 'commander';
import { writePhantomSeries } from '../../main/phantom/dicom.ts';
import { phantomVolume } from '../../main/phantom/volume.ts';
import { writePhantomCases } from '../../main/services/phantom.ts';
import { progressLine } from '../output.ts';
import { parseCount } from '../parse.ts';

interface Options {
  readonly out: string;
  readonly seed: number;
  readonly slices: number;
  readonly size: number;
  readonly nifti?: number;
}

export function registerPhantom(program: Command): void {
  program
    .command('phantom')
    .description('make a procedural abdominal CT: a DICOM series, or NIfTI cases with their truth')
    .requiredOption('--out <dir>', 'folder to write to')
    .option('--seed <n>', 'which patient', parseCount('--seed', 0), 1_000_000)
    .option('--slices <n>', 'slices', parseCount('--slices', 1), 40)
    .option('--size <n>', 'rows and columns', parseCount('--size', 16), 256)
    .option(
      '--nifti <n>',
      'write n patients as images/ and labels/ instead',
      parseCount('--nifti', 1),
    ) // prettier-ignore
    .action(async ({ out, seed, slices, size, nifti }: Options) => {
      const progress = progressLine();
      const onProgress = (done: number, total: number): void =>
        progress.show(`${done} of ${total}`);
      if (nifti === undefined) {
        const phantom = phantomVolume({ seed, slices, size });
        await writePhantomSeries(phantom, out, { onProgress });
        progress.end();
        console.log(`Wrote ${slices} CT images of phantom ${seed} to ${out}.`);
      } else {
        const seeds = Array.from({ length: nifti }, (_, i) => seed + i);
        await writePhantomCases(out, { seeds, slices, size }, onProgress);
        progress.end();
        console.log(
          `Wrote phantoms ${seeds[0]} to ${seeds.at(-1)} to ${out}/images and ${out}/labels.`,
        );
      }
    });
}
