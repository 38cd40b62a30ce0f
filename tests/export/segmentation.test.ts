import { labelledVolume } from './labelled-volume.ts';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  provenanceSchema,
  writeSegmentation,
  type SegmentationResult,
} from '../../src/main/export/index.ts';
import { readImage } from '../../src/main/images/index.ts';
import { mapGrid, sameGrid } from '../../src/shared/geometry/index.ts';
import { missingPython, python } from './tools.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'marginalia-segmentation-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const size = [12, 8, 5] as const;
const voxels = 12 * 8 * 5;
const probability = [0, 1].map((base) =>
  Float32Array.from({ length: voxels }, (_, n) => (base + n / voxels) / 2),
);
const uncertainty = Float32Array.from({ length: voxels }, (_, n) => (n / voxels) * Math.LN2);
const source = {
  shared: { StudyInstanceUID: '1.2' },
  seriesInstanceUid: '1.2.3',
  seriesNumber: 1,
  instances: [],
  images: null,
};
const volume = {
  // Pixels twice as tall as wide.
  grid: { size, affineLps: [0.5, 0, 0, -3, 0, 1, 0, -4, 0, 0, 2, 10, 0, 0, 0, 1] },
  data: Int16Array.from({ length: voxels }, (_, n) => n),
};
const two: SegmentationResult = {
  image: labelledVolume(volume),
  acquisition: '2d',
  labels: [
    { name: 'one', prompt: 'the first', colour: '#4cc9f0', value: 1 },
    { name: 'two', prompt: 'the second', colour: '#80ed99', value: 2 },
  ],
  labelMap: Uint8Array.from({ length: voxels }, (_, n) => n % 3),
  review: null,
  contents: null,
  suggestion: {
    probability: () => Promise.resolve(probability),
    uncertainty: () => Promise.resolve(uncertainty),
    slices: Array.from({ length: 5 }, (_, k) => ({ meanUncertainty: k / 10, samples: 10 + k })),
    model: {
      name: 'default',
      sha256: '0'.repeat(64),
      precision: 'fp32',
      family: 'fa'.repeat(32),
      adapterVersion: null,
      temperature: null,
    },
    window: { centre: 240, width: 480 },
    sampling: {
      requested: 30,
      seed: 0,
      planes: ['acquired'],
      islands: null,
      tolerance: 0.001,
      device: 'cpu',
    },
    propagation: null,
  },
  application: { version: '0.1.0' },
  source: {
    studyInstanceUid: '1.2',
    seriesInstanceUid: '1.2.3',
    sopInstanceUids: ['1.2.3.1', '1.2.3.2', '1.2.3.3', '1.2.3.4', '1.2.3.5'],
    modality: 'MR',
  },
  created: new Date(0),
  resampled: null,
  resampling: null,
  dicom: () => Promise.resolve({ source, newUid: () => '2.25.1' }),
};
const one: SegmentationResult = {
  ...two,
  labels: [two.labels[0]!],
  suggestion: { ...two.suggestion, probability: () => Promise.resolve([probability[0]!]) },
};

describe('writing a segmentation', () => {
  it('writes a DICOM segmentation beside them, where that is wanted', async () => {
    const out = join(folder, 'dicom');
    await writeSegmentation(out, two, ['nifti', 'dicom-seg']);
    expect(readdirSync(out)).toHaveLength(8);
    const file = readFileSync(join(out, 'segmentation.dcm'));
    expect(file.toString('latin1', 128, 132)).toBe('DICM');
    // A bit for each voxel of each slice and label, at the end.
    const bits = [...file.subarray(-(2 * voxels) / 8)].flatMap((byte) =>
      Array.from({ length: 8 }, (_, n) => (byte >> n) & 1),
    );
    expect(bits).toEqual(
      [1, 2].flatMap((value) => [...two.labelMap].map((v) => (v === value ? 1 : 0))),
    );
    rmSync(out, { recursive: true });
  });

  it('writes the seven files and nothing else', async () => {
    const out = join(folder, 'out');
    await writeSegmentation(out, two, ['nifti']);
    expect(readdirSync(folder)).toEqual(['out']);
    expect(readdirSync(out).sort()).toEqual([
      'labels.label.txt',
      'labels.nii.gz',
      'labels.tsv',
      'preview.png',
      'probability.nii.gz',
      'provenance.json',
      'uncertainty.nii.gz',
    ]);
    const provenance = provenanceSchema.parse(
      JSON.parse(readFileSync(join(out, 'provenance.json'), 'utf8')),
    );
    expect(provenance.sampling.usedPerSlice).toEqual([10, 11, 12, 13, 14]);
    expect(provenance.created).toBe('1970-01-01T00:00:00.000Z');
  });

  it('labels and uncertainty lie on the grid of the series', async () => {
    const out = join(folder, 'out');
    await writeSegmentation(out, one, ['nifti']);
    const expected = mapGrid(volume.grid, { order: [0, 1, 2], flip: [false, true, false] });
    for (const name of ['labels', 'uncertainty', 'probability']) {
      const { grid } = await readImage(join(out, `${name}.nii.gz`));
      expect(sameGrid(grid, expected, 1e-5)).toBe(true);
    }
    const labels = await readImage(join(out, 'labels.nii.gz'));
    expect(labels.data).toBeInstanceOf(Uint8Array);
    expect(labels.data[12 * 7]).toBe(two.labelMap[0]);
  });

  const noNibabel = missingPython('nibabel');
  it.skipIf(noNibabel)(
    `several labels make a 4-D probability, a value beyond 255 16-bit labels ${noNibabel ?? ''}`,
    async () => {
      const out = join(folder, 'out');
      const labels = [two.labels[0]!, { ...two.labels[1]!, value: 300 }];
      const labelMap = Uint16Array.from(two.labelMap, (value) => (value === 2 ? 300 : value));
      await writeSegmentation(out, { ...two, labels, labelMap }, ['nifti']);
      const [map, probability] = python<Record<string, unknown>[]>(
        `
import sys, json, nibabel, numpy
print(json.dumps([dict(shape=i.shape, dtype=str(i.get_data_dtype()), max=float(numpy.asarray(i.dataobj).max()))
    for i in map(nibabel.load, sys.argv[1:])]))
`,
        join(out, 'labels.nii.gz'),
        join(out, 'probability.nii.gz'),
      );
      expect(map).toEqual({ shape: [12, 8, 5], dtype: 'uint16', max: 300 });
      expect(probability).toMatchObject({ shape: [12, 8, 5, 2], dtype: 'float32' });
    },
  );

  it('the preview is a picture that differs with the labels', async () => {
    await writeSegmentation(join(folder, 'a'), one, ['nifti']);
    await writeSegmentation(join(folder, 'b'), { ...one, labelMap: new Uint8Array(voxels) }, [
      'nifti',
    ]);
    const read = (name: string): PNG =>
      PNG.sync.read(readFileSync(join(folder, name, 'preview.png')));
    const [a, b] = [read('a'), read('b')];
    expect(a.width).toBeGreaterThan(900);
    expect([b.width, b.height]).toEqual([a.width, a.height]);
    const blue = (png: PNG): number => {
      let count = 0;
      for (let n = 0; n < png.data.length; n += 4) {
        if (png.data[n] === 0x4c && png.data[n + 1] === 0xc9 && png.data[n + 2] === 0xf0) count++;
      }
      return count;
    };
    expect(blue(a)).toBeGreaterThan(blue(b) + 1000);
  });

  it('a sheared grid leaves nothing behind', async () => {
    const affineLps = volume.grid.affineLps.map((v, n) => (n === 6 ? 0.6 : v));
    const image = labelledVolume({ ...volume, grid: { size, affineLps } });
    await expect(
      writeSegmentation(join(folder, 'out'), { ...two, image }, ['nifti']),
    ).rejects.toMatchObject({
      code: 'not-representable',
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('parts that do not fit are refused, and nothing is written', async () => {
    const { suggestion } = two;
    const wrong = [
      {
        suggestion: { ...suggestion, uncertainty: () => Promise.resolve(uncertainty.subarray(1)) },
      },
      { suggestion: { ...suggestion, probability: () => Promise.resolve([probability[0]!]) } },
      { suggestion: { ...suggestion, slices: suggestion.slices.slice(1) } },
      { labelMap: two.labelMap.subarray(1) },
    ];
    for (const part of wrong) {
      const job = writeSegmentation(join(folder, 'out'), { ...two, ...part }, ['nifti']);
      await expect(job).rejects.toMatchObject({ code: 'size-mismatch' });
      expect(readdirSync(folder)).toEqual([]);
    }
  });

  it('can be cancelled', async () => {
    const signal = AbortSignal.abort();
    const job = writeSegmentation(join(folder, 'out'), two, ['nifti'], { signal });
    await expect(job).rejects.toMatchObject({ code: 'cancelled' });
    expect(readdirSync(folder)).toEqual([]);
  });
});
