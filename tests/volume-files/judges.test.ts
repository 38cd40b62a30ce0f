import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { metaReadImageNode, nrrdReadImageNode } from '@itk-wasm/image-io';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { niftiGz } from '../../src/main/export/nifti-write.ts';
import { readerOf, scanImages } from '../../src/main/images/index.ts';
import { volumeOf } from './scanned.ts';
import { voxelToWorld } from '../../src/shared/geometry/index.ts';
import type { Triple, Volume } from '../../src/shared/volume.ts';
import { missingPython, python } from '../export/tools.ts';
import { describeShared } from '../support/shared-data.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'marginalia-judges-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The only image at a path, as the application opens it. */
async function opened(path: string): Promise<Volume> {
  const { images } = await scanImages([path]);
  expect(images, path).toHaveLength(1);
  return volumeOf(images[0]!);
}

/** The same file as ITK reads it. */
async function byItk(path: string): Promise<Volume> {
  const read = /\.(nrrd|nhdr)$/.test(path) ? nrrdReadImageNode : metaReadImageNode;
  const { image } = await read(path);
  const { size, spacing, origin, direction } = image;
  const affineLps = [
    ...[0, 1, 2].flatMap((row) => [
      ...[0, 1, 2].map((axis) => Number(direction[3 * row + axis]) * spacing[axis]!),
      origin[row]!,
    ]),
    ...[0, 0, 0, 1],
  ];
  return {
    grid: { size: size as unknown as Triple, affineLps },
    data: image.data as Volume['data'],
  };
}

function expectSame(ours: Volume, theirs: Volume): void {
  expect(ours.grid.size).toEqual(theirs.grid.size);
  ours.grid.affineLps.forEach((v, n) => expect(v).toBeCloseTo(theirs.grid.affineLps[n]!, 9));
  expect(ours.data.length).toBe(theirs.data.length);
  expect(ours.data.findIndex((v, n) => v !== Number(theirs.data[n]))).toBe(-1);
}

const TYPES = {
  int8: [Int8Array, 'signed char', 'MET_CHAR'],
  uint8: [Uint8Array, 'unsigned char', 'MET_UCHAR'],
  int16: [Int16Array, 'short', 'MET_SHORT'],
  uint16: [Uint16Array, 'uint16', 'MET_USHORT'],
  int32: [Int32Array, 'int', 'MET_INT'],
  uint32: [Uint32Array, 'uint32_t', 'MET_UINT'],
  float32: [Float32Array, 'float', 'MET_FLOAT'],
  float64: [Float64Array, 'double', 'MET_DOUBLE'],
} as const;

/** A rotation about a slanted axis, so that no row equals a column. */
const TURNED = [
  [0.36, 0.48, -0.8],
  [-0.8, 0.6, 0],
  [0.48, 0.64, 0.6],
] as const;
const SIZE = [4, 3, 2] as const;
const SPACING = [0.7, 1.5, 3] as const;

describe('NRRD and MetaImage as ITK reads them', () => {
  const spaces = ['left-posterior-superior', 'right-anterior-superior'];

  it('left-anterior-superior differs from LPS in front and back alone, where ITK mirrors left and right', async () => {
    const path = join(folder, 'las.nrrd');
    const header =
      'NRRD0004\ntype: uchar\ndimension: 3\nspace: left-anterior-superior\nsizes: 2 2 2\nspace directions: (1,0,0) (0,1,0) (0,0,1)\nencoding: raw\nspace origin: (10,20,30)\n\n';
    writeFileSync(path, Buffer.concat([Buffer.from(header), Buffer.alloc(8)]));
    const origin = (volume: Volume): Triple => voxelToWorld(volume.grid, [0, 0, 0]);
    expect(origin(await opened(path))).toEqual([10, -20, 30]);
    expect(origin(await byItk(path))).toEqual([-10, 20, 30]);
  });

  it.each([false, true])('every volume of a 4-D MetaImage, compressed: %s', async (compressed) => {
    const voxels = new Int16Array(48).map((_, n) => 7 * n - 100);
    const raw = Buffer.from(voxels.buffer);
    const stored = compressed ? deflateSync(raw) : raw;
    const turned = [...TURNED.flatMap((way) => [...way, 0]), 0, 0, 0, 1];
    const header = `ObjectType = Image\nNDims = 4\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = ${compressed ? `True\nCompressedDataSize = ${stored.length}` : 'False'}\nTransformMatrix = ${turned.join(' ')}\nOffset = -7.5 20 31 0\nElementSpacing = ${SPACING.join(' ')} 2\nDimSize = ${SIZE.join(' ')} 2\nElementType = MET_SHORT\nElementDataFile = LOCAL\n`;
    const path = join(folder, `four-${compressed}.mha`);
    writeFileSync(path, Buffer.concat([Buffer.from(header), stored]));
    const { images } = await scanImages([path]);
    expect(images.map(({ distinction }) => distinction)).toEqual([
      'volume 1 of 2',
      'volume 2 of 2',
    ]);
    const { image: theirs } = await metaReadImageNode(path);
    expect(theirs.size).toEqual([...SIZE, 2]);
    for (const [n, image] of images.entries()) {
      const { grid, data } = await volumeOf(image);
      const itk = theirs.data as Int16Array;
      expect([...data]).toEqual([...itk.subarray(24 * n, 24 * (n + 1))]);
      for (const row of [0, 1, 2]) {
        expect(grid.affineLps[4 * row + 3]).toBeCloseTo(theirs.origin[row]!, 9);
        for (const axis of [0, 1, 2])
          expect(grid.affineLps[4 * row + axis]).toBeCloseTo(
            Number(theirs.direction[4 * row + axis]) * theirs.spacing[axis]!,
            9,
          );
      }
    }
  });

  it.each(Object.entries(TYPES))('voxels of %s', async (type, [Numbers, nrrdType, metType]) => {
    // Not everything that a type holds fits the volume's.
    const values = new Numbers(24).map((_, n) => (n * 5 + 1) % 120);
    const little = Buffer.from(values.buffer);
    const big = Buffer.from(little);
    if (values.BYTES_PER_ELEMENT === 2) big.swap16();
    if (values.BYTES_PER_ELEMENT === 4) big.swap32();
    if (values.BYTES_PER_ELEMENT === 8) big.swap64();
    const ways = TURNED.map((way, axis) => `(${way.map((v) => v * SPACING[axis]!).join(',')})`);
    for (const [n, space] of spaces.entries()) {
      for (const encoding of ['raw', 'gzip']) {
        const header = `NRRD0005\n# a comment\ntype: ${nrrdType}\ndimension: 3\nspace: ${space}\nsizes: ${SIZE.join(' ')}\nspace directions: ${ways.join(' ')}\nkinds: domain domain domain\nendian: ${n === 1 ? 'big' : 'little'}\nencoding: ${encoding}\nspace origin: (-7.5,20,31)\na key:=a value: with colon\n\n`;
        const bytes = n === 1 ? big : little;
        const path = join(folder, `${type}${n}${encoding}.nrrd`);
        writeFileSync(
          path,
          Buffer.concat([Buffer.from(header), encoding === 'raw' ? bytes : gzipSync(bytes)]),
        );
        expectSame(await opened(path), await byItk(path));
      }
    }
    for (const compressed of [false, true]) {
      for (const isBig of [false, true]) {
        const bytes = isBig ? big : little;
        const stored = compressed ? deflateSync(bytes) : bytes;
        const header = `ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = ${isBig ? 'True' : 'False'}\nCompressedData = ${compressed ? `True\nCompressedDataSize = ${stored.length}` : 'False'}\nTransformMatrix = ${TURNED.flat().join(' ')}\nOffset = -7.5 20 31\nCenterOfRotation = 0 0 0\nAnatomicalOrientation = RAI\nElementSpacing = ${SPACING.join(' ')}\nDimSize = ${SIZE.join(' ')}\nElementType = ${metType}\nElementDataFile = `;
        const name = `${type}${isBig ? 'big' : 'little'}${compressed ? 'z' : ''}`;
        const mha = join(folder, `${name}.mha`);
        writeFileSync(mha, Buffer.concat([Buffer.from(`${header}LOCAL\n`), stored]));
        expectSame(await opened(mha), await byItk(mha));
        const mhd = join(folder, `${name}.mhd`);
        writeFileSync(mhd, `${header}${name}.raw\n`);
        writeFileSync(join(folder, `${name}.raw`), stored);
        expectSame(await opened(mhd), await byItk(mhd));
      }
    }
  });

  describeShared('files of others', ['data'], (data) => {
    it.each([
      'nifti-orientations/other/mha.mha',
      'volumes-pyradiomics/brain1_image.nrrd',
      'volumes-pyradiomics/breast1_label.nrrd',
      'volumes-pyradiomics/prostate_phantom_subvolume.nrrd',
    ])('%s', async (name) => {
      const path = join(data, name);
      expectSame(await opened(path), await byItk(path));
    });
  });
});

const noNibabel = missingPython('nibabel');

describe.skipIf(noNibabel)(`NIfTI as nibabel has it ${noNibabel ?? ''}`, () => {
  /** Writes a volume turned and flipped each way; of each a marked voxel, and where that lies (RAS). */
  const WRITE = `
import sys, json, itertools, nibabel, numpy
folder, seed = sys.argv[1], int(sys.argv[2])
rng = numpy.random.default_rng(seed)
out = []
q, _ = numpy.linalg.qr(rng.normal(size=(3, 3)))
for kind, order in enumerate(itertools.permutations(range(3))):
    for flips in itertools.product([1, -1], repeat=3):
        size = rng.integers(2, 6, 3)
        base = numpy.eye(3) if kind % 2 else q
        affine = numpy.eye(4)
        affine[:3, :3] = (base[:, list(order)] * flips) * rng.uniform(.4, 5, 3)
        affine[:3, 3] = rng.uniform(-90, 90, 3)
        data = rng.integers(-999, 999, size).astype('i2')
        at = [int(rng.integers(0, n)) for n in size]
        data[tuple(at)] = 1500
        image = nibabel.Nifti1Image(data, affine)
        path = f"{folder}/{len(out):02d}.nii" + ('.gz' if len(out) % 2 else '')
        nibabel.save(image, path)
        world = nibabel.affines.apply_affine(nibabel.load(path).affine, at)
        out.append(dict(path=path, at=at, world=world.tolist()))
print(json.dumps(out))
`;
  /** Where the only voxel of value 1 lies (RAS), and whether the affine is that of another file. */
  const FIND = `
import sys, json, nibabel, numpy
out = []
for labels, source in zip(sys.argv[1::2], sys.argv[2::2]):
    image, other = nibabel.load(labels), nibabel.load(source)
    at = numpy.argwhere(numpy.asarray(image.dataobj) == 1)
    world = nibabel.affines.apply_affine(image.affine, at[0])
    out.append(dict(at=at.tolist(), world=world.tolist(), shape=image.shape == other.shape,
                    apart=float(abs(image.affine - other.affine).max())))
print(json.dumps(out))
`;
  interface Marked {
    readonly path: string;
    readonly at: Triple;
    readonly world: Triple;
  }

  it('in any order and sense of axes, a marked voxel and a label painted on it lie where it says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 31 - 1 }), async (seed) => {
        const at = join(folder, `seed${seed}`);
        mkdirSync(at, { recursive: true });
        const marked = python<Marked[]>(WRITE, at, String(seed));
        expect(marked).toHaveLength(48);
        const { images } = await scanImages([at]);
        expect(images).toHaveLength(48);
        const pairs: string[] = [];
        for (const [n, { path, at: voxel, world }] of marked.entries()) {
          const image = images.find(({ files }) => files[0] === path)!;
          const { grid, data } = await volumeOf(image);
          const [nx, ny] = grid.size;
          const index = data.indexOf(1500);
          expect([index % nx, Math.floor(index / nx) % ny, Math.floor(index / nx / ny)]).toEqual(
            voxel,
          );
          const [x, y, z] = voxelToWorld(grid, voxel);
          [-x, -y, z].forEach((mm, axis) => expect(mm).toBeCloseTo(world[axis]!, 3));
          // Frames say the same of themselves.
          const { plane, spacing } = image.frames[voxel[2]]!;
          const along = (axis: 0 | 1 | 2): number =>
            plane!.position[axis] +
            plane!.row[axis] * spacing!.mm[0] * voxel[0] +
            plane!.column[axis] * spacing!.mm[1] * voxel[1];
          [x, y, z].forEach((mm, axis) => expect(along(axis as 0 | 1 | 2)).toBeCloseTo(mm, 6));
          const labels = new Uint8Array(data.length);
          labels[index] = 1;
          const written = join(folder, `labels${seed}-${n}.nii.gz`);
          const { acquisition } = image;
          const file = niftiGz({
            grid,
            frames: [labels],
            acquisition,
            range: [0, 1],
            labels: true,
          });
          writeFileSync(written, Buffer.concat(await file.toArray()));
          pairs.push(written, path);
        }
        const found = python<{ at: Triple[]; world: Triple; shape: boolean; apart: number }[]>(
          FIND,
          ...pairs,
        );
        for (const [n, { at: voxels, world, shape, apart }] of found.entries()) {
          expect(voxels).toEqual([marked[n]!.at]);
          expect(shape).toBe(true);
          expect(apart).toBeLessThan(1e-4);
          world.forEach((mm, axis) => expect(mm).toBeCloseTo(marked[n]!.world[axis]!, 3));
        }
      }),
      { numRuns: 2 },
    );
  }, 600_000);

  it('each volume of four dimensions, compressed or not', async () => {
    const at = join(folder, 'four');
    mkdirSync(at);
    const sums = python<number[][]>(
      `
import sys, json, nibabel, numpy
out = []
for n, (kind, slope) in enumerate([('i2', None), ('f4', None), ('u1', 0.5)]):
    data = numpy.random.default_rng(n).integers(0, 200, (5, 4, 3, 6)).astype(kind)
    image = nibabel.Nifti1Image(data, numpy.diag([1, 2, 3, 1.]))
    image.header.set_data_dtype(kind)
    image.header.set_slope_inter(slope, None if slope is None else -3)
    path = f'{sys.argv[1]}/{n}.nii' + ('.gz' if n else '')
    nibabel.save(image, path)
    back = numpy.asarray(nibabel.load(path).dataobj).astype('f4')
    out.append([back[..., t].ravel(order='F').tolist() for t in range(6)])
print(json.dumps([volume for file in out for volume in file]))
`,
      at,
    );
    const { images } = await scanImages([at]);
    expect(images).toHaveLength(18);
    for (const [n, image] of images.entries()) {
      const { data } = await volumeOf(image);
      expect([...data]).toEqual(sums[n]);
    }
  });

  it('pairs of a header and voxels, whichever of them are compressed, of either version and byte order', async () => {
    const at = join(folder, 'pairs');
    mkdirSync(at);
    const expected = python<{ sum: number; affine: number[][]; first: number[] }[]>(
      `
import sys, json, gzip, os, nibabel, numpy
folder, out = sys.argv[1], []
affine = numpy.array([[0, -2, 0, 5], [1.5, 0, 0, -7], [0, 0, 3, 11], [0, 0, 0, 1.]])
for kind in (nibabel.Nifti1Pair, nibabel.Nifti2Pair):
    for endian in '<>':
        for packed in ((), ('hdr',), ('img',), ('hdr', 'img')):
            stem = f'{folder}/{len(out):02d}'
            data = numpy.random.default_rng(len(out)).integers(-99, 99, (4, 3, 2)).astype('i2')
            header = kind.header_class(endianness=endian)
            header.set_data_dtype('i2')
            image = kind(data, affine, header)
            if len(out) % 3: image.header.set_slope_inter(0.5, -3)
            nibabel.save(image, stem + '.img')
            back = nibabel.load(stem + '.img')
            values = numpy.asarray(back.dataobj).astype('f4').ravel(order='F')
            out.append(dict(sum=float(values.sum()), affine=back.affine.tolist(), first=values[:5].tolist()))
            for part in packed:
                with open(f'{stem}.{part}', 'rb') as plain, gzip.open(f'{stem}.{part}.gz', 'wb') as file:
                    file.write(plain.read())
                os.remove(f'{stem}.{part}')
print(json.dumps(out))
`,
      at,
    );
    const { images, files } = await scanImages([at]);
    expect(files.filter(({ status }) => status !== 'loaded')).toEqual([]);
    expect(images).toHaveLength(expected.length);
    for (const [n, image] of images.entries()) {
      const { grid, data } = await volumeOf(image);
      const { sum, affine, first } = expected[n]!;
      expect([...data.subarray(0, 5)]).toEqual(first);
      expect(Array.from(data).reduce((all, v) => all + v, 0)).toBeCloseTo(sum, 3);
      const [x, y, z] = voxelToWorld(grid, [1, 2, 1]);
      const world = affine.slice(0, 3).map((row) => row[0]! + 2 * row[1]! + row[2]! + row[3]!);
      [-x, -y, z].forEach((mm, axis) => expect(mm).toBeCloseTo(world[axis]!, 4));
      // Either of the two files brings the other.
      for (const path of image.files) {
        const alone = await scanImages([path]);
        expect(alone.images.map(({ id }) => id)).toEqual([image.id]);
      }
    }
  });

  it('voxels in colour, with transparency or without', async () => {
    const at = join(folder, 'colour');
    mkdirSync(at);
    const expected = python<number[][]>(
      `
import sys, json, nibabel, numpy
out = []
for n, fields in enumerate(['RGB', 'RGBA', 'RGB']):
    data = numpy.random.default_rng(n).integers(0, 256, (4, 3, 2, len(fields))).astype('u1')
    voxels = data.copy().view([(c, 'u1') for c in fields]).reshape(4, 3, 2)
    image = nibabel.Nifti1Image(voxels, numpy.diag([1, 2, 3, 1.]))
    path = f'{sys.argv[1]}/{n}.nii' + ('.gz' if n else '')
    nibabel.save(image, path)
    back = numpy.asarray(nibabel.load(path).dataobj)
    out.append(numpy.stack([back[c].ravel(order='F') for c in 'RGB'], axis=-1).ravel().tolist())
print(json.dumps(out))
`,
      at,
    );
    const { images } = await scanImages([at]);
    expect(images).toHaveLength(3);
    for (const [n, image] of images.entries()) {
      expect(image).toMatchObject({ kind: 'volume', channels: 3 });
      const all = await volumeOf(image);
      expect([...all.data]).toEqual(expected[n]);
      const frame = await readerOf(image).readFrame(image, 1);
      expect(frame).toMatchObject({ columns: 4, rows: 3, channels: 3 });
      expect([...frame.values]).toEqual(expected[n]!.slice(36));
    }
  });

  describeShared('a 4-D file of others', ['data', 'nifti-orientations', 'other'], (path) => {
    it('is one image for each volume', async () => {
      const { images } = await scanImages([join(path, 'pcasl.nii.gz')]);
      const { count, sum } = python<{ count: number; sum: number }>(
        `
import sys, json, nibabel, numpy
data = numpy.asarray(nibabel.load(sys.argv[1]).dataobj)
print(json.dumps(dict(count=data.shape[3], sum=float(data[..., 1].astype('f8').sum()))))
`,
        join(path, 'pcasl.nii.gz'),
      );
      expect(images).toHaveLength(count);
      const { data } = await volumeOf(images[1]!);
      expect(Array.from(data).reduce((all, v) => all + v, 0)).toBeCloseTo(sum, 3);
    });
  });
});
