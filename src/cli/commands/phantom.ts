import type { Command } from 'commander';
import { writePhantomCases, writePhantomSeries } from '../../main/services/cases/index.ts';
import { progressLine } from '../output.ts';
import { parseNumber } from '../parse.ts';

interface Options {
  readonly out: string;
  readonly seed: number;
  readonly slices: number;
  readonly size: number;
  readonly nifti?: number;
}

const count = (name: string, least: number, most: number): ((value: string) => number) =>
  parseNumber(
    name,
    (n) => Number.isInteger(n) && n >= least && n <= most,
    `a whole number from ${least} to ${most}`,
  );

export function registerPhantom(program: Command): void {
  program
    .command('phantom')
    .description('make a procedural abdominal CT: a DICOM series, or NIfTI cases with their truth')
    .requiredOption('--out <dir>', 'folder to write to')
    .option('--seed <n>', 'which patient', count('--seed', 0, 1e9), 1_000_000)
    .option('--slices <n>', 'slices', count('--slices', 1, 400), 40)
    .option('--size <n>', 'rows and columns', count('--size', 16, 1024), 256)
    .option(
      '--nifti <n>',
      'write n patients as images/ and labels/ instead',
      count('--nifti', 1, 10_000),
    )
    .action(async ({ out, seed, slices, size, nifti }: Options) => {
      const progress = progressLine();
      const onProgress = (done: number, total: number): void =>
        progress.show(`${done} of ${total}`);
      if (nifti === undefined) {
        await writePhantomSeries(out, { seed, slices, size }, { onProgress });
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
