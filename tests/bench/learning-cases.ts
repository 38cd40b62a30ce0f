/**
 * Writes the cases of docs/learning.md: hippocampus volumes that the default bundle was never
 * trained on, as they are and with inverted contrast, each with its labels.
 *
 *   npx tsx tests/bench/learning-cases.ts --out results/learning [--limit 8]
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeFiles } from '../../src/main/export/atomic.ts';
import { readImage } from '../../src/main/export/index.ts';
import { niftiBytes, niftiGz, type NiftiImage } from '../../src/main/export/nifti-write.ts';
import { caseNames, split } from '../../tools/train/data/hippocampus.ts';

const { values: args } = parseArgs({
  options: {
    hippocampus: { type: 'string', default: '../shared/data/hippocampus' },
    out: { type: 'string', default: 'results/learning' },
    limit: { type: 'string', default: '8' },
  },
});
const names = split(caseNames(args.hippocampus)).validation.slice(0, Number(args.limit));
const write = (kind: string, part: string, name: string, image: NiftiImage): Promise<void> =>
  writeFiles(join(args.out, kind, part), [
    { name, atMost: niftiBytes(image), content: () => niftiGz(image) },
  ]);
for (const name of names) {
  const picture = await readImage(join(args.hippocampus, 'images', name));
  const truth = await readImage(join(args.hippocampus, 'labels', name));
  const values = Float32Array.from(picture.data);
  const top = values.reduce((most, v) => Math.max(most, v), -Infinity);
  const look = { grid: picture.grid, acquisition: '2d', range: [0, top] } as const;
  const labels = { ...look, frames: [Uint8Array.from(truth.data)], range: [0, 2], labels: true } as const; // prettier-ignore
  for (const [kind, frame] of [
    ['unseen', values],
    ['inverted', values.map((v) => top - v)],
  ] as const) {
    await write(kind, 'images', name, { ...look, frames: [frame] });
    await write(kind, 'labels', name, labels);
  }
}
console.log(`${names.length} cases in ${args.out}/unseen and ${args.out}/inverted`);
