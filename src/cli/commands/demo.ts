import { join } from 'node:path';
import type { Command } from 'commander';
import { readImage } from '../../main/images/index.ts';
import { phantomVolume } from '../../main/phantom/volume.ts';
import { DEMO_PHANTOM, writePhantomSeries } from '../../main/services/cases/index.ts';
import { reorient } from '../../shared/geometry/index.ts';
import { dice } from '../../shared/metrics/index.ts';
import { progressLine, table } from '../output.ts';
import { printSummary, runSegment, TOLERANCE } from './segment.ts';

/** Labels that the default model is asked for, with their values in the reference labels of the phantom. */
const ORGANS = [
  ['liver', 'liver in an abdominal CT', [1, 5]],
  ['left kidney', 'left kidney in an abdominal CT', [2]],
  ['right kidney', 'right kidney in an abdominal CT', [3]],
  ['spleen', 'spleen in an abdominal CT', [4]],
] as const;

export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description('the whole job on a made-up patient: a phantom CT as DICOM, segmented')
    .option('--out <dir>', 'folder to write to', join('results', 'demo'))
    .option('--model <bundle>', 'folder or name', 'default')
    .action(async ({ out, model }: { out: string; model: string }) => {
      const [dicom, results] = [join(out, 'dicom'), join(out, 'segmentation')];
      const progress = progressLine();
      await writePhantomSeries(dicom, DEMO_PHANTOM, {
        onProgress: (done, total) => progress.show(`making a phantom: slice ${done} of ${total}`),
      }).finally(() => progress.end());
      console.log(`A phantom CT of ${DEMO_PHANTOM.slices} slices is in ${dicom}.\n`);
      const summary = await runSegment(dicom, {
        out: results,
        model,
        label: ORGANS.map(([name, prompt]) => ({ name, prompt })),
        samples: 30,
        seed: 0,
        tolerance: TOLERANCE,
        device: 'auto',
      });
      printSummary(summary, results);
      console.log(`\nOf a phantom the truth is known:\n${await comparison(results)}`);
      console.log(`\nOpen ${join(results, 'preview.png')} first.`);
    });
}

/** Dice of the written labels against the reference labels of the phantom. */
async function comparison(results: string): Promise<string> {
  const { labels: truth } = phantomVolume(DEMO_PHANTOM);
  const written = reorient(await readImage(join(results, 'labels.nii.gz')), 'LPS').volume;
  const expected = reorient(truth, 'LPS').volume;
  const rows = ORGANS.map(([name, , values], n) => [
    name,
    dice(
      Uint8Array.from(written.data, (v) => (v === n + 1 ? 1 : 0)),
      Uint8Array.from(expected.data, (v) => ((values as readonly number[]).includes(v) ? 1 : 0)),
    ).toFixed(3),
  ]);
  return table(['label', 'Dice'], rows);
}
