/**
 * Writes the cases of docs/learning.md: hippocampus volumes that the default bundle was never
 * trained on, as they are and with inverted contrast, each with its labels.
 *
 *   npx tsx tests/bench/learning-cases.ts --out results/learning [--limit 8]
 */
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeFiles } from '../../src/main/export/atomic.ts';
import { readImage } from '../../src/main/export/index.ts';
import { niftiBytes, niftiGz } from '../../src/main/export/nifti-write.ts';
import { caseNames, split } from '../../tools/train/data/hippocampus.ts';

const { values: args } = parseArgs({
  options: {
    hippocampus: { type: 'string', default: '../shared/data/hippocampus' },
    out: { type: 'string', default: 'results/learning' },
    limit: { type: 'string', default: '8' },
  },
});
const names = split(caseNames(args.hippocampus)).validation.slice(0, Number(args.limit));
for (const kind of ['unseen', 'inverted']) {
  for (const part of ['images', 'labels'])
    mkdirSync(join(args.out, kind, part), { recursive: true });
}
for (const name of names) {
  for (const kind of ['unseen', 'inverted']) {
    copyFileSync(join(args.hippocampus, 'labels', name), join(args.out, kind, 'labels', name));
  }
  copyFileSync(join(args.hippocampus, 'images', name), join(args.out, 'unseen', 'images', name));
  const { grid, data } = await readImage(join(args.hippocampus, 'images', name));
  const top = data.reduce((most, v) => Math.max(most, v), -Infinity);
  const inverted = Float32Array.from(data, (v) => top - v);
  const image = { grid, frames: [inverted], acquisition: '2d' as const, range: [0, top] as const };
  await writeFiles(join(args.out, 'inverted', 'images'), [
    { name, atMost: niftiBytes(image), content: () => niftiGz(image) },
  ]);
}
console.log(`${names.length} cases in ${args.out}/unseen and ${args.out}/inverted`);
