import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { niftiFile } from './nifti-file.ts';
import { outcomesOf, scanned, temporaryFolder, volumeOf } from './scanned.ts';
import { meta, nrrd, values, withData } from './text-files.ts';

const folder = temporaryFolder();

/** The header of a pair, whose voxels begin at the first byte of the other file. */
function pairHeader(sform?: readonly number[]): Buffer {
  const bytes = niftiFile({ values, size: [2, 3, 4], magic: 'ni1', ...(sform && { sform }) });
  bytes.writeFloatLE(0, 108);
  return bytes.subarray(0, 348);
}

/** A header without the magic of NIfTI, as Analyze has it. */
function analyze(): Buffer {
  const bytes = niftiFile({ values, size: [2, 3, 4], sform: null }).subarray(0, 348);
  bytes.write('r', 38);
  bytes.fill(0, 344);
  return bytes;
}

describe('bad files', () => {
  const good = niftiFile({ values, size: [2, 3, 4] });
  const gz = gzipSync(good);
  const sheared = [2, 0.5, 0, 0, 0, 3, 0, 0, 0, 0, 4, 0];
  const cases: [string, Uint8Array | string, RegExp][] = [
    [
      'singular.nii',
      niftiFile({ values, size: [2, 3, 4], sform: Array(12).fill(1) }),
      /degenerate/,
    ],
    [
      'sheared.nii',
      niftiFile({ values, size: [2, 3, 4], sform: sheared }),
      /^lies on a sheared grid: .* Resample/,
    ],
    ['nan.nii', niftiFile({ values, size: [2, 3, 4], sform: Array(12).fill(NaN) }), /not finite/],
    [
      'cut.nii',
      good.subarray(0, -1),
      /^is cut off or damaged: its header promises 48 bytes of voxels, 47/,
    ],
    [
      'text.nii.gz',
      'no gzip, but long enough to hold a header '.repeat(20),
      /^is not a NIfTI file/,
    ],
    [
      'damaged.nii.gz',
      Buffer.concat([gz.subarray(0, 10), Buffer.alloc(200, 255)]),
      /cannot be decompressed/,
    ],
    [
      'none.nii',
      niftiFile({ values, size: [2, 3, 4], volumes: 0 }),
      /impossible dimensions 2 × 3 × 4 × 0/,
    ],
    [
      'rgb.nii',
      niftiFile({ values, size: [2, 3, 4], datatype: 128 }),
      /promises 72 bytes of voxels, 48/,
    ],
    [
      'complex.nii',
      niftiFile({ values, size: [2, 3, 4], datatype: 32 }),
      /has complex voxels .* not read yet/,
    ],
    ['huge.nii', niftiFile({ values, size: [32767, 32767, 32767] }), /promises \d{14} bytes/],
    [
      'bomb.nii.gz',
      gzipSync(niftiFile({ values, size: [32767, 32767, 32767] })),
      /promises \d{14} bytes/,
    ],
    [
      'pair.hdr',
      niftiFile({ values, size: [2, 3, 4], magic: 'ni1' }),
      /keeps its voxels in pair\.img, which is not beside it/,
    ],
    [
      'packed.hdr.gz',
      gzipSync(niftiFile({ values, size: [2, 3, 4], magic: 'ni1' })),
      /keeps its voxels in packed\.img\.gz, which is not beside it/,
    ],
    [
      'short.hdr',
      pairHeader(),
      /^short\.img is cut off or damaged: its header promises 48 bytes of voxels, 46/,
    ],
    ['flat.hdr', pairHeader(Array(12).fill(1)), /degenerate|singular/],
    [
      'renamed.nii',
      niftiFile({ values, size: [2, 3, 4], magic: 'ni1' }),
      /header of a \.hdr\/\.img pair under another name/,
    ],
    ['analyze.hdr', analyze(), /Analyze 7\.5 header: it does not say which side .* Convert/],
    ['analyze.nii', analyze(), /Analyze 7\.5 header/],
    ['text.nrrd', 'hello', /^is no NRRD file, as its name says/],
    ['endless.nrrd', `NRRD0004\n${'# x\n'.repeat(20)}`, /its header has no end/],
    [
      'cut.nrrd',
      withData(nrrd('encoding: raw')).subarray(0, -1),
      /promises 48 bytes of voxels, 47/,
    ],
    [
      'huge.nrrd',
      withData(nrrd('encoding: raw').replace('2 3 4\n', '99999 99999 99999\n')),
      /promises/,
    ],
    [
      'bomb.nrrd',
      withData(nrrd('encoding: gzip').replace('2 3 4\n', '9999 9999 9999\n')),
      /promises/,
    ],
    [
      'vector.nrrd',
      withData(nrrd('encoding: raw').replace('(2,0,0) (0,3,0)', 'none (2,0,0)')),
      /several values a voxel, which is not read yet/,
    ],
    [
      'text-encoding.nrrd',
      withData(nrrd('encoding: ascii')),
      /stores its voxels as ascii, which is not read yet/,
    ],
    [
      'block.nrrd',
      withData(nrrd('encoding: raw').replace('short', 'block')),
      /voxels of the type “block”/,
    ],
    [
      'colour.mha',
      withData(meta('ElementNumberOfChannels = 3', 'ElementDataFile = LOCAL')),
      /3 values a voxel, which is not read yet/,
    ],
    ['sheared.nrrd', withData(nrrd('encoding: raw').replace('(0,3,0)', '(1,3,0)')), /sheared/],
    ['flat.nrrd', withData(nrrd('encoding: raw').replace('(0,3,0)', '(4,0,0)')), /degenerate/],
    ['list.nhdr', nrrd('encoding: raw', 'data file: LIST'), /several files, which is not read yet/],
    ['elsewhere.nhdr', nrrd('encoding: raw', 'data file: ../x.raw'), /in no file beside it/],
    [
      'alone.mhd',
      meta('ElementDataFile = alone.raw'),
      /keeps its voxels in alone\.raw, which is not beside it/,
    ],
    [
      'cut.mha',
      withData(meta('ElementDataFile = LOCAL')).subarray(0, -1),
      /promises 48 bytes of voxels, 47/,
    ],
    [
      'flat.mha',
      withData(meta('ElementDataFile = LOCAL').replace('1 0 0 0 1 0', '1 0 0 1 0 0')),
      /degenerate/,
    ],
  ];

  it('each has its outcome, which says what to do, and the others open', async () => {
    const scan = await scanned(folder, {
      ...Object.fromEntries(cases),
      'good.nii': good,
      '._good.nii': 'what a Mac leaves',
      'envi.hdr': 'ENVI',
      'short.img': new Uint8Array(46),
      'flat.img': new Uint8Array(48),
    });
    expect(scan.images.map(({ description }) => description)).toEqual(['good']);
    const outcomes = new Map(outcomesOf(scan).map(([name, ...rest]) => [name, rest]));
    for (const [name, , reason] of cases) {
      expect(outcomes.get(name), name).toEqual(['failed', expect.stringMatching(reason)]);
    }
    for (const name of ['._good.nii', 'envi.hdr']) {
      expect(outcomes.get(name)).toEqual(['skipped', 'not an image file that can be read']);
    }
  });

  it('what is damaged behind its header says so when it is opened', async () => {
    const noise = Int16Array.from({ length: 4096 }, (_, n) => (n * 7919) % 30011);
    const whole = gzipSync(niftiFile({ values: noise, size: [16, 16, 16] }));
    const body = gzipSync(new Uint8Array(noise.buffer));
    const deflated = deflateSync(new Uint8Array(noise.buffer));
    const { images } = await scanned(folder, {
      'cut.nii.gz': whole.subarray(0, -100),
      'cut.nrrd': withData(
        nrrd('encoding: gzip').replace('2 3 4\n', '16 16 16\n'),
        body.subarray(0, -100),
      ),
      'cut.mha': withData(
        meta('CompressedData = True', 'ElementDataFile = LOCAL').replace(
          'DimSize = 2 3 4',
          'DimSize = 16 16 16',
        ),
        deflated.subarray(0, -100),
      ),
      'changed.mha': withData(
        meta('CompressedData = True', 'ElementDataFile = LOCAL').replace(
          'DimSize = 2 3 4',
          'DimSize = 16 16 16',
        ),
        deflated.map((v, n) => (n === deflated.length >> 1 ? v ^ 255 : v)),
      ),
    });
    expect(images).toHaveLength(4);
    for (const image of images) {
      await expect(volumeOf(image), image.description).rejects.toMatchObject({
        code: 'truncated-image',
      });
    }
  });

  it('files that went meanwhile are named', async () => {
    const { at, images } = await scanned(folder, { 'a.nii': good });
    rmSync(join(at, 'a.nii'));
    await expect(volumeOf(images[0]!)).rejects.toMatchObject({ code: 'unreadable-path' });
  });
});
