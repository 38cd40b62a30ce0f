import { execFileSync } from 'node:child_process';
import { createWriteStream, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { gunzipSync } from 'node:zlib';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeQform, encodeQform } from '../../src/shared/geometry/index.ts';
import { niftiBytes, niftiGz, type NiftiImage } from '../../src/main/export/nifti-write.ts';
import { readImage } from '../../src/main/images/index.ts';
import { axisMapTo, mapData, mapGrid, sameGrid } from '../../src/shared/geometry/index.ts';
import type { Affine, Triple } from '../../src/shared/volume.ts';
import { cross, writeSeries, type SeriesShape } from './dicom-series.ts';
import { missingCommand, missingPython, python } from './tools.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'marginalia-write-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const save = (image: NiftiImage, path: string): Promise<void> =>
  pipeline(niftiGz(image), createWriteStream(path));

/** A rotation matrix (columns) by a unit quaternion in any direction and angle. */
function rotation(q: readonly number[]): readonly [Triple, Triple, Triple] {
  const [w, x, y, z] = q.map((v) => v / Math.hypot(...q)) as [number, number, number, number];
  const row: Triple = [1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)];
  const column: Triple = [2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x)];
  return [row, column, cross(row, column)];
}

interface Reference {
  readonly shape: number[];
  readonly affine: number[];
  readonly first: number[];
}

const noTools =
  missingCommand('dcm2niix', 'dcm2niix') ?? missingPython('nibabel') ?? missingPython('numpy');

describe.skipIf(noTools)(`files fit those of dcm2niix voxel by voxel ${noTools ?? ''}`, () => {
  const unit = (n: number, sign = 1): Triple => [0, 1, 2].map((m) => (m === n ? sign : 0)) as never;
  const base = {
    position: [-31.5, -52.25, 20.125],
    spacing: [0.5, 0.75, 3],
    size: [5, 7, 4],
    acquisition: '2D',
    reversed: false,
  } as const;
  const tilt = rotation([Math.cos(0.16), Math.sin(0.16), 0.02, -0.03]);
  const shapes: Record<string, SeriesShape> = {
    axial: { ...base, row: unit(0), column: unit(1) },
    'axial, head first in the files': { ...base, row: unit(0), column: unit(1), reversed: true },
    'axial, prone': { ...base, row: unit(0, -1), column: unit(1, -1) },
    sagittal: { ...base, row: unit(1), column: unit(2, -1) },
    'sagittal, reversed': { ...base, row: unit(1), column: unit(2, -1), reversed: true },
    coronal: { ...base, row: unit(0), column: unit(2, -1) },
    oblique: { ...base, row: tilt[0], column: tilt[1] },
    'oblique, reversed': { ...base, row: tilt[0], column: tilt[1], reversed: true },
    '3-D axial': { ...base, row: unit(0), column: unit(1), acquisition: '3D' },
    '3-D sagittal': { ...base, row: unit(1), column: unit(2, -1), acquisition: '3D' },
    '3-D oblique': { ...base, row: tilt[0], column: tilt[1], acquisition: '3D', reversed: true },
  };
  // A fixed run of turns in all directions.
  for (let n = 1; n <= 8; n++) {
    const [row, column] = rotation([1, 2, 3, 4].map((m) => Math.sin(n * m * 1.7)));
    shapes[`turned ${n}`] = { ...base, row, column, reversed: n % 2 === 0 };
  }

  it.each(Object.entries(shapes))('%s', async (name, shape) => {
    const dicom = join(folder, name);
    mkdirSync(dicom);
    const volume = writeSeries(dicom, shape);
    execFileSync('dcm2niix', ['-z', 'n', '-b', 'n', '-f', 'reference', '-o', dicom, dicom]);
    const ours = join(dicom, 'ours.nii.gz');
    await save(
      {
        grid: volume.grid,
        frames: [volume.data],
        acquisition: shape.acquisition === '3D' ? '3d' : '2d',
        range: [0, 1],
      },
      ours,
    );
    const references = readdirSync(dicom).filter((file) => file.startsWith('reference'));
    expect(references).toEqual(['reference.nii']);
    const [theirs, mine] = python<[Reference, Reference]>(
      `
import sys, json, nibabel, numpy
print(json.dumps([dict(shape=i.shape, affine=i.affine.ravel().tolist(),
    first=numpy.asarray(i.dataobj).ravel(order='F').astype(int).tolist())
    for i in map(nibabel.load, sys.argv[1:])]))
`,
      join(dicom, 'reference.nii'),
      ours,
    );
    expect(mine.shape).toEqual(theirs.shape);
    expect(mine.first).toEqual(theirs.first);
    mine.affine.forEach((v, n) => expect(Math.abs(v - theirs.affine[n]!)).toBeLessThan(1e-4));
  });
});

describe('the header', () => {
  const affines = fc
    .record({
      q: fc.tuple(...[0, 1, 2, 3].map(() => fc.double({ min: -1, max: 1, noNaN: true }))),
      spacing: fc.tuple(...[0, 1, 2].map(() => fc.double({ min: 0.3, max: 7, noNaN: true }))),
      mirrored: fc.boolean(),
    })
    .filter(({ q }) => Math.hypot(...q) > 0.1)
    .map(({ q, spacing, mirrored }): Affine => {
      const [i, j, k] = rotation(q);
      const rows = [0, 1, 2].map((n) => [
        i[n]! * spacing[0]!,
        j[n]! * spacing[1]!,
        k[n]! * spacing[2]! * (mirrored ? -1 : 1),
        100 * (n - 1.3),
      ]);
      return [...rows.flat(), 0, 0, 0, 1];
    });

  it('a qform says the same grid as the map it was made of', () => {
    fc.assert(
      fc.property(affines, (affine) => {
        const qform = encodeQform(affine);
        const decoded = decodeQform(qform);
        // Within 4e-4 rad of a half turn a NIfTI quaternion cannot be more exact.
        const nearHalfTurn = 1 - qform.quaternion.reduce((sum, v) => sum + v * v, 0) < 1e-4;
        decoded.forEach((v, n) => {
          const error = Math.abs(v - affine[n]!) / (n % 4 === 3 ? 1 : qform.spacing[n % 4]!);
          expect(error).toBeLessThan(n % 4 === 3 ? 1e-5 : nearHalfTurn ? 7e-4 : 1e-5);
        });
      }),
      { numRuns: 300 },
    );
  });

  const image: NiftiImage = {
    grid: {
      size: [4, 3, 2],
      // An oblique axial stack, near the half turn where quaternions are least exact.
      affineLps: [
        0.42956, -0.01049, -0.04386, -111.47, 0.01088, 0.41404, 1.73085, -186.4, 0, -0.11446,
        6.26516, -42.79, 0, 0, 0, 1,
      ],
    },
    frames: [Uint8Array.from({ length: 24 }, (_, n) => n)],
    acquisition: '2d',
    range: [0, 23],
    labels: true,
  };
  const noNibabel = missingPython('nibabel');

  it.skipIf(noNibabel)(`says all that nibabel can check ${noNibabel ?? ''}`, async () => {
    const [one, two] = [join(folder, 'labels.nii.gz'), join(folder, 'probability.nii.gz')];
    await save(image, one);
    const frames = [0, 100].map((base) => Float32Array.from(image.frames[0]!, (v) => base + v / 8));
    await save({ ...image, frames, labels: false, range: [0, 1] }, two);
    const [labels, probability] = python<Record<string, unknown>[]>(
      `
import sys, json, nibabel, numpy
out = []
for path in sys.argv[1:]:
    i = nibabel.load(path); h = i.header
    v = nibabel.nifti1.Nifti1Header.diagnose_binaryblock(h.binaryblock)
    d = numpy.asarray(i.dataobj)
    out.append(dict(shape=d.shape, dtype=str(d.dtype), codes=[int(h['qform_code']), int(h['sform_code'])],
      units=h.get_xyzt_units(), slope=[float(i.dataobj.slope), float(i.dataobj.inter)], qfac=float(h['pixdim'][0]),
      apart=float(abs(i.get_qform() - i.get_sform()).max()), range=[float(h['cal_min']), float(h['cal_max'])],
      intent=h.get_intent()[0], descrip=h['descrip'].item().decode(), diagnosis=v, offset=float(h['vox_offset']),
      values=d.ravel(order='F').astype(float).tolist()))
print(json.dumps(out))
`,
      one,
      two,
    );
    expect(labels).toMatchObject({
      shape: [4, 3, 2],
      dtype: 'uint8',
      codes: [1, 1],
      units: ['mm', 'unknown'],
      slope: [1, 0],
      qfac: -1,
      range: [0, 23],
      intent: 'label',
      diagnosis: '',
      descrip: 'Marginalia. For research use only, not for clinical use.',
    });
    expect(labels!.apart).toBeLessThan(5e-5);
    // Rows bottom up.
    expect((labels!.values as number[]).slice(0, 5)).toEqual([8, 9, 10, 11, 4]);
    expect(probability).toMatchObject({
      shape: [4, 3, 2, 2],
      dtype: 'float32',
      intent: 'none',
      diagnosis: '',
      range: [0, 1],
    });
    expect((probability!.values as number[]).slice(24, 26)).toEqual([101, 101.125]);
  });

  const noTool = missingCommand('nifti_tool', 'nifti-bin');
  it.skipIf(noTool)(`passes the checks of nifti_tool ${noTool ?? ''}`, async () => {
    const path = join(folder, 'checked.nii.gz');
    await save(image, path);
    const said = execFileSync('nifti_tool', ['-check_hdr', '-check_nim', '-infiles', path], {
      encoding: 'utf8',
    });
    expect(said).toMatch(/header IS GOOD/);
    expect(said).toMatch(/nifti_image IS GOOD/);
  });

  it('what is written is read back, on the same grid and in place', async () => {
    const path = join(folder, 'back.nii.gz');
    await save({ ...image, frames: [Uint16Array.from(image.frames[0]!, (v) => 300 + v)] }, path);
    const back = await readImage(path);
    const flip = { order: [0, 1, 2], flip: [false, true, false] } as const;
    expect(sameGrid(mapGrid(back.grid, flip), image.grid, 1e-4)).toBe(true);
    const values = mapData(back.data, back.grid.size, flip);
    expect([...values]).toEqual(Array.from({ length: 24 }, (_, n) => 300 + n));
    expect(values).toBeInstanceOf(Uint16Array);
  });

  it('a 3-D acquisition is stored closest to RAS', async () => {
    const path = join(folder, 'canonical.nii.gz');
    await save({ ...image, acquisition: '3d' }, path);
    const back = await readImage(path);
    const map = axisMapTo(image.grid.affineLps, 'RAS');
    expect(sameGrid(back.grid, mapGrid(image.grid, map), 1e-4)).toBe(true);
    expect(back.data).toEqual(mapData(image.frames[0]!, image.grid.size, map));
  });

  it('a sheared grid and a grid too large are refused', () => {
    const sheared = {
      ...image.grid,
      affineLps: [1, 0, 0, 0, 0, 1, 0.3, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    };
    const large = { ...image.grid, size: [40000, 1, 1] as const };
    for (const grid of [sheared, large]) {
      expect(() => niftiGz({ ...image, grid })).toThrow(
        expect.objectContaining({ code: 'not-representable' }),
      );
    }
  });

  it('is as long as announced', async () => {
    const bytes = gunzipSync(await buffer(niftiGz(image)));
    expect(bytes).toHaveLength(niftiBytes(image));
  });
});
