import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readImage } from '../../src/main/images/index.ts';
import { orientationCode, reorient, sameGrid } from '../../src/shared/geometry/index.ts';
import { flipLpsRas, type Volume } from '../../src/shared/volume.ts';
import { describeShared, sharedPath } from '../support/shared-data.ts';
import { missingPython, python } from './tools.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'marginalia-read-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Reference {
  readonly shape: readonly number[];
  readonly affine: readonly number[];
  readonly sha256: string;
}

/** Shape, affine (RAS) and hash of the values as float32, i fastest, as nibabel reads them. */
const NIBABEL = `
import sys, json, hashlib, nibabel, numpy
out = []
for path in sys.argv[1:]:
    image = nibabel.load(path)
    data = numpy.asarray(image.dataobj).astype('<f4')
    out.append(dict(shape=data.shape, affine=image.affine.ravel().tolist(),
                    sha256=hashlib.sha256(data.tobytes(order='F')).hexdigest()))
print(json.dumps(out))
`;

function describeVolume({ grid, data }: Volume): Reference {
  const values = Float32Array.from(data);
  return {
    shape: grid.size,
    affine: flipLpsRas(grid.affineLps),
    sha256: createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex'),
  };
}

function expectSame(actual: Reference, expected: Reference): void {
  expect(actual.shape).toEqual(expected.shape);
  expect(actual.sha256).toBe(expected.sha256);
  actual.affine.forEach((v, n) => expect(v).toBeCloseTo(expected.affine[n]!, 4));
}

const noNibabel = missingPython('nibabel');

describe.skipIf(noNibabel)(`NIfTI as nibabel reads it ${noNibabel ?? ''}`, () => {
  const list = (...parts: string[]): string[] => {
    const path = sharedPath('data', ...parts);
    return path === undefined ? [] : readdirSync(path).map((name) => join(path, name));
  };
  const files = [
    ...list('nifti-orientations', 'nifti_space'),
    ...list('nifti-orientations', 'other').filter((p) => p.endsWith('hippo.nii.gz')),
    ...list('hippocampus', 'images').slice(0, 10),
    ...list('hippocampus', 'labels').slice(0, 10),
    ...list('volumes-many-labels'),
  ].filter((path) => path.endsWith('.nii.gz'));

  it.skipIf(files.length === 0)(
    `${files.length} files of ../shared: size, affine and every value`,
    async () => {
      const expected = python<Reference[]>(NIBABEL, ...files);
      for (const [n, path] of files.entries()) {
        expectSame(describeVolume(await readImage(path)), expected[n]!);
      }
    },
  );

  it('every voxel type, both byte orders, both NIfTI versions, scaled or not', async () => {
    const paths = python<string[]>(
      `
import sys, json, nibabel, numpy
out = []
rng = numpy.random.default_rng(1)
affine = numpy.array([[-.5, .1, 0, 7], [.1, .5, .2, -3], [0, -.2, 2, 1], [0, 0, 0, 1]])
for kind in ['u1', 'i1', 'u2', 'i2', 'u4', 'i4', 'u8', 'i8', 'f4', 'f8']:
    for order in '<>':
        for cls, header in [(nibabel.Nifti1Image, nibabel.Nifti1Header), (nibabel.Nifti2Image, nibabel.Nifti2Header)]:
            for slope, inter in [(None, None), (0.5, -1024)]:
                data = rng.integers(-100 if kind[0] in 'if' else 0, 120, (4, 3, 2)).astype(kind)
                h = header(endianness=order)
                image = cls(data, affine, h)
                image.header.set_data_dtype(numpy.dtype(kind).newbyteorder(order))
                image.header.set_slope_inter(slope, inter)
                path = f"{sys.argv[1]}/{kind}{'le' if order == '<' else 'be'}{cls.__name__}{slope}.nii" + ('.gz' if slope else '')
                nibabel.save(image, path)
                out.append(path)
print(json.dumps(out))
`,
      folder,
    );
    expect(paths).toHaveLength(80);
    const expected = python<Reference[]>(NIBABEL, ...paths);
    for (const [n, path] of paths.entries()) {
      const volume = await readImage(path);
      expectSame(describeVolume(volume), expected[n]!);
      const integer = /\/[ui]\d(le|be)Nifti\dImageNone/.test(path);
      expect(volume.data instanceof Float32Array).toBe(!integer);
    }
  });

  it('the sform wins over the qform, the qform over pixdim, by their codes', async () => {
    const paths = python<string[]>(
      `
import sys, json, nibabel, numpy
s = numpy.diag([2., 3, 4, 1]); s[:3, 3] = 9
q = numpy.array([[0, -3., 0, 5], [2, 0, 0, 6], [0, 0, -4, 7], [0, 0, 0, 1]])
out = []
for sc, qc in [(2, 1), (0, 1), (0, 0)]:
    image = nibabel.Nifti1Image(numpy.zeros((2, 2, 2), 'u1'), None)
    image.set_sform(s, sc); image.set_qform(q, qc)
    path = f'{sys.argv[1]}/codes{sc}{qc}.nii'
    nibabel.save(image, path); out.append(path)
print(json.dumps(out))
`,
      folder,
    );
    const affines = [];
    for (const path of paths) affines.push(flipLpsRas((await readImage(path)).grid.affineLps));
    const [s, q, pixdim] = affines as [number[], number[], number[]];
    expect(s.slice(0, 4)).toEqual([2, 0, 0, 9]);
    [0, -3, 0, 5, 2, 0, 0, 6, 0, 0, -4, 7].forEach((v, n) => expect(q[n]).toBeCloseTo(v, 5));
    expect([pixdim[0], pixdim[5], pixdim[10], pixdim[3]]).toEqual([2, 3, 4, 0].map((v) => v));
  });

  it('spacing in metres or micrometres is brought to millimetres', async () => {
    const paths = python<string[]>(
      `
import sys, json, nibabel, numpy
out = []
for unit, f in [('meter', 1e-3), ('mm', 1), ('micron', 1e3)]:
    image = nibabel.Nifti1Image(numpy.zeros((2, 2, 2), 'u1'), numpy.diag([2. * f, 3 * f, 4 * f, 1]))
    image.header.set_xyzt_units(unit)
    path = f'{sys.argv[1]}/{unit}.nii'
    nibabel.save(image, path); out.append(path)
print(json.dumps(out))
`,
      folder,
    );
    for (const path of paths) {
      const a = (await readImage(path)).grid.affineLps;
      [-2, -3, 4].forEach((v, n) => expect(a[5 * n]).toBeCloseTo(v, 5));
    }
  });
});

describeShared(
  'one brain in 27 storage orders',
  ['data', 'nifti-orientations', 'nifti_space'],
  (path) => {
    it('is one and the same volume once reoriented', async () => {
      const reference = reorient(await readImage(join(path, 'RAS.nii.gz')), 'RAS').volume;
      for (const file of readdirSync(path).filter((name) => name.endsWith('.nii.gz'))) {
        const volume = await readImage(join(path, file));
        expect(orientationCode(volume.grid.affineLps)).toBe(file.slice(0, 3));
        const ras = reorient(volume, 'RAS').volume;
        expect(sameGrid(ras.grid, reference.grid, 1e-3)).toBe(true);
        expect(describeVolume(ras).sha256).toBe(describeVolume(reference).sha256);
      }
    });
  },
);

describe('NRRD and MetaImage', () => {
  it('an oblique NRRD in RAS lands where its header says', async () => {
    const path = join(folder, 'oblique.nrrd');
    const header = `NRRD0004
type: short
dimension: 3
space: right-anterior-superior
sizes: 2 3 4
space directions: (0,1.6,1.2) (-2,0,0) (0,-1.8,2.4)
kinds: domain domain domain
endian: little
encoding: raw
space origin: (10,20,30)

`;
    const voxels = Int16Array.from({ length: 24 }, (_, n) => n - 5);
    writeFileSync(path, Buffer.concat([Buffer.from(header), Buffer.from(voxels.buffer)]));
    const volume = await readImage(path);
    expect(volume.grid.size).toEqual([2, 3, 4]);
    const expected = [0, -2, 0, 10, 1.6, 0, -1.8, 20, 1.2, 0, 2.4, 30, 0, 0, 0, 1];
    flipLpsRas(volume.grid.affineLps).forEach((v, n) => expect(v).toBeCloseTo(expected[n]!, 9));
    expect(Array.from(volume.data)).toEqual(Array.from(voxels));
  });

  describeShared('pairs of image and label', ['data', 'volumes-pyradiomics'], (path) => {
    it('share their grid, and labels stay integers', async () => {
      for (const pair of ['brain1', 'breast1']) {
        const image = await readImage(join(path, `${pair}_image.nrrd`));
        const label = await readImage(join(path, `${pair}_label.nrrd`));
        expect(sameGrid(image.grid, label.grid)).toBe(true);
        expect(new Set(label.data)).toEqual(new Set([0, 1]));
        expect(label.data).not.toBeInstanceOf(Float32Array);
      }
    });
  });
});

describe('what cannot be read', () => {
  /** A 4×4×4 uint8 image with an sform, made by hand. */
  function nifti(change: (view: DataView) => void = () => undefined, voxels = 64): Buffer {
    const bytes = Buffer.alloc(352 + voxels);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    view.setInt32(0, 348, true);
    [3, 4, 4, 4, 1, 1, 1, 1].forEach((d, n) => view.setInt16(40 + 2 * n, d, true));
    view.setInt16(70, 2, true);
    view.setFloat32(108, 352, true);
    view.setInt16(254, 1, true);
    [0, 5, 10].forEach((n) => view.setFloat32(280 + 4 * n, 1, true));
    bytes.write('n+1\0', 344, 'latin1');
    change(view);
    return bytes;
  }
  const read = (name: string, bytes: Buffer): Promise<Volume> => {
    writeFileSync(join(folder, name), bytes);
    return readImage(join(folder, name));
  };

  it('the unchanged file is read, so that what follows tests the change', async () => {
    expect((await read('good.nii', nifti())).data).toHaveLength(64);
    expect((await read('good.nii.gz', gzipSync(nifti()))).data).toHaveLength(64);
  });

  const noise = Buffer.from(Array.from({ length: 64 }, (_, n) => (n * 7919) % 251));
  const cases: [string, Buffer, string][] = [
    ['nothing.nii', Buffer.alloc(0), 'not-nifti'],
    ['three.nii', Buffer.from([92, 1, 0]), 'not-nifti'],
    ['text.nii', Buffer.from('hello '.repeat(200)), 'not-nifti'],
    ['text.nii.gz', gzipSync('hello '.repeat(200)), 'not-nifti'],
    ['analyze.nii', nifti((v) => v.setInt32(344, 0)), 'not-nifti'],
    ['pair.nii', nifti((v) => v.setUint8(345, 'i'.charCodeAt(0))), 'not-nifti'],
    ['cut-header.nii', nifti().subarray(0, 300), 'not-nifti'],
    ['cut.nii', nifti(undefined, 63), 'truncated-image'],
    ['cut-inside.nii.gz', gzipSync(nifti(undefined, 63)), 'truncated-image'],
    [
      'cut-outside.nii.gz',
      gzipSync(Buffer.concat([nifti(undefined, 0), noise])).subarray(0, -40),
      'truncated-image',
    ],
    ['four-d.nii', nifti((v) => (v.setInt16(40, 4, true), v.setInt16(48, 9, true)), 576), 'not-3d'],
    ['complex.nii', nifti((v) => v.setInt16(70, 32, true)), 'unsupported-voxel-type'],
    ['colour-cut-off.nii', nifti((v) => v.setInt16(70, 128, true)), 'truncated-image'],
    ['negative.nii', nifti((v) => v.setInt16(44, -4, true)), 'bad-geometry'],
    ['nan.nii', nifti((v) => v.setFloat32(280, NaN, true)), 'bad-geometry'],
    ['flat.nii', nifti((v) => v.setFloat32(280, 0, true)), 'singular-affine'],
    [
      'bomb.nii.gz',
      gzipSync(nifti((v) => [42, 44, 46].forEach((n) => v.setInt16(n, 32767, true)))),
      'truncated-image',
    ],
    ['broken.nrrd', Buffer.from('NRRD0004\ntype: short\n'), 'truncated-image'],
    ['picture.png', Buffer.alloc(8), 'unsupported-image'],
  ];

  it.each(cases)('%s is refused as such', async (name, bytes, code) => {
    await expect(read(name, bytes)).rejects.toMatchObject({ code });
  });

  it('a damaged byte inside the compressed voxels is found', async () => {
    const bytes = gzipSync(Buffer.concat([nifti(undefined, 0), noise]));
    bytes[bytes.length - 30]! ^= 0xff;
    expect(() => gunzipSync(bytes)).toThrow();
    await expect(read('damaged.nii.gz', bytes)).rejects.toMatchObject({ code: 'truncated-image' });
  });

  it('a missing file and a folder are refused as such', async () => {
    for (const name of ['none.nii', 'none.nrrd']) {
      await expect(readImage(join(folder, name))).rejects.toMatchObject({ code: 'not-found' });
    }
  });

  describeShared('a 4-D file', ['data', 'nifti-orientations', 'other', 'pcasl.nii.gz'], (path) => {
    it('is refused with its dimensions', async () => {
      expect(readFileSync(path).length).toBeGreaterThan(0);
      await expect(readImage(path)).rejects.toThrow(/\d+ × \d+ × \d+ × \d+/);
    });
  });
});
