import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  labelledImage,
  writeAnnotation,
  prepareNnunetCase,
  type AnnotationResult,
} from '../../src/main/export/index.ts';
import { readerOf, scanImages } from '../../src/main/images/index.ts';
import { resamplingOf } from '../../src/main/services/cases/index.ts';
import { describeShared } from '../support/shared-data.ts';
import { exampleAnnotation } from './annotation-example.ts';
import { missingPython, python } from './tools.ts';

const folder = mkdtempSync(join(tmpdir(), 'marginalia-resampled-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** HU from which on a voxel is labelled as bone. */
const BONE = 300;

/** An image below a path as it was acquired, bone in its slices labelled. */
async function boneIn(path: string): Promise<AnnotationResult> {
  const { images } = await scanImages([path]);
  const image = images[0]!;
  const labelled = labelledImage(image, await readerOf(image).readAll(image, {}));
  const pixels = labelled.raster.size[0] * labelled.raster.size[1];
  const slices = labelled.raster.size[2];
  const labelMap = Uint8Array.from(labelled.data, (hu) => (hu >= BONE ? 1 : 0));
  const probability = Float32Array.from(labelMap, (value) => value * 0.5);
  return exampleAnnotation({
    image: labelled,
    labels: [{ name: 'bone', prompt: 'bone', colour: '#ffffff', value: 1 }],
    labelMap,
    resampling: resamplingOf(image),
    review: { states: Array.from({ length: slices }, () => 'accepted'), suggestions: [] },
    complete: Array.from({ length: slices }, (_, k) => k !== 3),
    suggestion: {
      probability: () => Promise.resolve([probability]),
      uncertainty: () => Promise.resolve(probability.map(Math.sqrt)),
      slices: Array.from({ length: slices }, (_, k) => ({ meanUncertainty: k / 100, samples: 4 })),
      model: {
        name: 'test',
        sha256: '0'.repeat(64),
        precision: 'fp32',
        family: '0'.repeat(64),
        adapterVersion: null,
        temperature: null,
      },
      window: { centre: 40, width: 400 },
      sampling: {
        requested: 4,
        seed: 1,
        planes: ['acquired'],
        islands: null,
        tolerance: null,
        device: 'cpu',
      },
      propagation: null,
    },
    contents: {
      ...exampleAnnotation().contents,
      voxels: { 1: { decided: pixels, acceptedUnseen: 0, paintedUndecided: 0, suggested: 0 } },
    },
  });
}

/**
 * Where voxels of a NIfTI file lie in the slices as their own headers place them: computed from the headers
 * alone. Of every labelled voxel, whether the pixel there is bone; of every bone pixel that is nearest to
 * its voxel, whether that voxel is labelled.
 */
const COMPARE = `
import sys, json, pathlib, numpy as np, nibabel, pydicom
folder, source, bone, name = sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4]
nii = nibabel.load(folder + '/' + name)
labels = np.asarray(nii.dataobj)
slices = [pydicom.dcmread(p) for p in sorted(pathlib.Path(source).glob('*.dcm'))]
row, column = (np.array([float(v) for v in slices[0].ImageOrientationPatient[n:n + 3]]) for n in (0, 3))
normal = np.cross(row, column)
at = np.array([[float(v) for v in s.ImagePositionPatient] for s in slices])
heights = at @ normal
dy, dx = (float(v) for v in slices[0].PixelSpacing)
hu = [s.pixel_array * float(s.RescaleSlope) + float(s.RescaleIntercept) for s in slices]
lps = np.diag([-1, -1, 1, 1]) @ nii.affine
def pixel_at(ijk):
    world = ijk @ lps[:3, :3].T + lps[:3, 3]
    far = np.abs((world @ normal)[:, None] - heights[None])
    order = np.sort(far, axis=1)
    k = far.argmin(axis=1)
    d = world - at[k]
    x, y = d @ row / dx, d @ column / dy
    # Halfway between two slices or two pixels either is right.
    clear = (order[:, 1] - order[:, 0] > 1e-3) & (np.abs(x % 1 - 0.5) > 1e-3) & (np.abs(y % 1 - 0.5) > 1e-3)
    return k, np.rint(x).astype(int), np.rint(y).astype(int), clear
def is_bone(ijk):
    k, x, y, clear = pixel_at(ijk)
    inside = (x >= 0) & (y >= 0) & (x < slices[0].Columns) & (y < slices[0].Rows)
    value = np.array([hu[a][c, b] if i else -1e4 for a, b, c, i in zip(k, x, y, inside)])
    return value >= bone, clear, k
some = np.random.default_rng(1)
there = np.argwhere(labels == 1)
there = there[some.permutation(len(there))[:4000]]
empty = np.argwhere(labels == 0)
empty = empty[some.permutation(len(empty))[:20000]]
bone_there, clear_there, k_there = is_bone(there)
bone_empty, clear_empty, _ = is_bone(empty)
image = nibabel.load(folder + '/image.nii.gz') if len(sys.argv) < 6 else nibabel.load(sys.argv[5])
print(json.dumps({
  'labelled': int((labels == 1).sum()), 'checked': int(clear_there.sum()),
  'wronglyLabelled': int((~bone_there & clear_there).sum()),
  'wronglyEmpty': int((bone_empty & clear_empty).sum()),
  'sameGrid': bool(image.shape == labels.shape and np.allclose(image.affine, nii.affine)),
  'shape': list(labels.shape), 'description': nii.header['descrip'].item().decode(),
  'slices': sorted(set(int(k) for k in k_there)),
  'ignored': int((labels == 2).sum()),
}))
`;

interface Compared {
  readonly labelled: number;
  readonly checked: number;
  readonly wronglyLabelled: number;
  readonly wronglyEmpty: number;
  readonly sameGrid: boolean;
  readonly shape: number[];
  readonly description: string;
  readonly slices: number[];
  readonly ignored: number;
}

const noPython = missingPython('nibabel') ?? missingPython('pydicom');

describeShared(
  'volumes of a tilted and uneven CT as it was acquired',
  ['data', 'ct-gantry-tilt'],
  (path) => {
    let result: AnnotationResult;
    beforeAll(async () => {
      result = await boneIn(path);
      await writeAnnotation(folder, result, ['nifti', 'bids']);
    });

    it.skipIf(noPython)(`NIfTI labels lie where the slices have them ${noPython ?? ''}`, () => {
      const read = python<Compared>(COMPARE, folder, path, String(BONE), 'labels.nii.gz');
      expect(read.checked).toBeGreaterThan(3000);
      expect(read).toMatchObject({
        wronglyLabelled: 0,
        wronglyEmpty: 0,
        sameGrid: true,
        shape: [512, 611, 37],
        description: expect.stringContaining('Resampled') as unknown,
      });
      expect(read.slices.length).toBeGreaterThan(10);
    });

    it('what was done is in the record, which counts slices as they were acquired', () => {
      const record = JSON.parse(readFileSync(join(folder, 'provenance.json'), 'utf8')) as {
        geometry: Record<string, unknown>;
      };
      expect(record.geometry).toMatchObject({
        size: [512, 512, result.image.raster.size[2]],
        affineLps: null,
        resampled: expect.stringMatching(/gantry tilt.*labels from the nearest slice/) as unknown,
        resampledGrid: { size: [512, 611, 37] },
      });
    });

    it('BIDS names its files as resampled, and says how', () => {
      const names = readdirSync(folder, { recursive: true }).map(String);
      const sidecars = names.filter((name) => name.endsWith('_dseg.json'));
      expect(sidecars).toEqual([expect.stringMatching(/_res-regular_dseg\.json$/)]);
      expect(JSON.parse(readFileSync(join(folder, sidecars[0]!), 'utf8'))).toMatchObject({
        Resolution: expect.stringContaining('gantry tilt') as unknown,
      });
    });

    it.skipIf(noPython)(
      `a case of nnU-Net ignores what is nearest to an undecided slice ${noPython ?? ''}`,
      async () => {
        const dataset = join(folder, 'Dataset501_Bone');
        const prepared = await prepareNnunetCase(dataset, {
          result,
          workspace: 'test',
          channel: 'CT',
          undecided: 'ignore',
          acceptedUnseen: 'ignore',
        });
        await prepared.write({});
        const [image, labels] = [`imagesTr/${prepared.name}_0000`, `labelsTr/${prepared.name}`];
        const read = python<Compared>(
          COMPARE,
          dataset,
          path,
          String(BONE),
          `${labels}.nii.gz`,
          join(dataset, `${image}.nii.gz`),
        );
        expect(read).toMatchObject({ wronglyLabelled: 0, sameGrid: true });
        expect(read.ignored).toBeGreaterThan(0);
        expect(prepared.undecided).toEqual([3]);
      },
    );
  },
);

describe('a volume of slices that cannot be resampled', () => {
  const slices = exampleAnnotation();
  const { image } = slices;
  const warnings = [
    { severity: 'error', kind: 'duplicate', text: '2 of 8 images lie where another one lies' },
  ] as const;
  const raster = { ...image.raster, affineLps: null, isGrid: false };

  it('is refused with the reason, and nothing is written', async () => {
    const out = join(folder, 'refused');
    const doubled = { ...slices, image: { ...image, kind: 'stack' as const, raster, warnings } };
    await expect(writeAnnotation(out, doubled, ['csv', 'nifti'])).rejects.toMatchObject({
      code: 'irregular-geometry',
      message: expect.stringContaining('2 of 8 images lie where another one lies') as unknown,
    });
    await expect(
      writeAnnotation(
        out,
        {
          ...doubled,
          image: { ...doubled.image, channels: 3, data: new Uint8Array(3 * image.data.length) },
        },
        ['bids'],
      ),
    ).rejects.toMatchObject({ code: 'colour-image' });
    expect(readdirSync(folder)).not.toContain('refused');
  });
});
