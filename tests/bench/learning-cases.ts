/**
 * Writes the cases of docs/learning.md: hippocampus volumes that the default bundle was never
 * trained on, as they are and with inverted contrast, and phantoms with the stomach as their one
 * label, which the bundle has seen but was never told of.
 *
 *   npx tsx tests/bench/learning-cases.ts --out results/learning [--limit 8] [--skip 0]
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeFiles } from '../../src/main/export/atomic.ts';
import { readImage } from '../../src/main/images/index.ts';
import { niftiBytes, niftiGz, type NiftiImage } from '../../src/main/export/nifti-write.ts';
import { createAbdomen } from '../../src/main/phantom/abdomen.ts';
import { phantomVolume } from '../../src/main/phantom/volume.ts';
import { caseNames, split } from '../../tools/train/data/hippocampus.ts';
import { VALIDATION_SEEDS } from '../../tools/train/data/phantoms.ts';

const { values: args } = parseArgs({
  options: {
    hippocampus: { type: 'string', default: '../shared/data/hippocampus' },
    out: { type: 'string', default: 'results/learning' },
    limit: { type: 'string', default: '8' },
    skip: { type: 'string', default: '0' },
  },
});
const [skip, limit] = [Number(args.skip), Number(args.limit)];
const write = (kind: string, part: string, name: string, image: NiftiImage): Promise<void> =>
  writeFiles(join(args.out, kind, part), [
    { name, atMost: niftiBytes(image), content: () => niftiGz(image) },
  ]);

const names = split(caseNames(args.hippocampus)).validation.slice(skip, skip + limit);
for (const name of names) {
  const picture = await readImage(join(args.hippocampus, 'images', name));
  const truth = await readImage(join(args.hippocampus, 'labels', name));
  const values = Float32Array.from(picture.data);
  const top = values.reduce((most, v) => Math.max(most, v), -Infinity);
  const look = { grid: picture.grid, acquisition: '2d', range: [0, top] } as const;
  const labels = {
    ...look,
    frames: [Uint8Array.from(truth.data)],
    range: [0, 2],
    labels: true,
  } as const;
  for (const [kind, frame] of [
    ['unseen', values],
    ['inverted', values.map((v) => top - v)],
  ] as const) {
    await write(kind, 'images', name, { ...look, frames: [frame] });
    await write(kind, 'labels', name, labels);
  }
}

for (let seed = VALIDATION_SEEDS + skip; seed < VALIDATION_SEEDS + skip + limit; seed++) {
  const patient = createAbdomen(seed);
  const blobs = patient.blobs.map((b) => ({
    ...b,
    label: b.name === 'stomach' ? 1 : b.label && 0,
  }));
  const { image, labels } = phantomVolume({
    seed,
    abdomen: { ...patient, blobs },
    slices: 32,
    size: 224,
  });
  const name = `phantom_${seed}.nii.gz`;
  const look = { grid: image.grid, acquisition: '2d' } as const;
  await write('stomach', 'images', name, { ...look, frames: [image.data], range: [-160, 240] });
  await write('stomach', 'labels', name, {
    ...look,
    frames: [labels.data],
    range: [0, 1],
    labels: true,
  });
}
console.log(`${limit} cases of each kind in ${args.out}/{unseen,inverted,stomach}`);
