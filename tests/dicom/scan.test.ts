import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireImages } from '../../src/main/images/index.ts';
import { loadVolume, scanDicom } from '../support/scan-dicom.ts';
import { phantomSliceFile } from '../../src/main/phantom/dicom.ts';
import { phantomVolume } from '../../src/main/phantom/volume.ts';
import { MarginaliaError } from '../../src/shared/errors.ts';
import { dicomdirMissing, makeDicomdir } from '../support/dicomdir.ts';
import { writeZip } from '../bundle/write-checkpoint.ts';
import { describeShared } from '../support/shared-data.ts';

const folder = mkdtempSync(join(tmpdir(), 'marginalia-scan-'));
afterAll(() => rmSync(folder, { recursive: true }));
const phantom = phantomVolume({ seed: 3, slices: 5, size: 32 });
const slices = Array.from({ length: 5 }, (_, k) => phantomSliceFile(phantom, k));
const series = join(folder, 'series');

beforeAll(() => {
  mkdirSync(join(series, 'deeper'), { recursive: true });
  slices.forEach((bytes, k) => {
    // Names in the wrong order, one in another folder.
    writeFileSync(join(series, k === 2 ? 'deeper' : '', `${9 - k}.dcm`), bytes);
  });
});

describe('scanning', () => {
  it('finds the series in a folder, a zip and single files alike, and decodes what was written', async () => {
    const zip = join(folder, 'series.zip');
    writeFileSync(
      zip,
      zipSync(Object.fromEntries(slices.map((bytes, k) => [`a/${k}.dcm`, new Uint8Array(bytes)]))),
    );
    const files = slices.map((_, k) => join(series, k === 2 ? 'deeper' : '', `${9 - k}.dcm`));
    for (const paths of [[series], [zip], files]) {
      const scan = await scanDicom(paths);
      expect(scan.files.map(({ status }) => status)).toEqual(Array(5).fill('loaded'));
      const [stack] = scan.series[0]!.stacks;
      expect(stack!.verdicts.map(({ kind }) => kind)).toEqual(['regular']);
      const volume = await loadVolume(stack!);
      expect(volume.grid.size).toEqual([32, 32, 5]);
      expect([...volume.data]).toEqual([...phantom.image.data]);
    }
  });

  it('says of every file what became of it', async () => {
    const mixed = join(folder, 'mixed');
    mkdirSync(mixed);
    writeFileSync(join(mixed, 'a.dcm'), slices[0]!);
    copyFileSync(join(mixed, 'a.dcm'), join(mixed, 'b.dcm'));
    writeFileSync(join(mixed, 'cut.dcm'), slices[1]!);
    truncateSync(join(mixed, 'cut.dcm'), slices[1]!.length - 100);
    writeFileSync(join(mixed, 'header.dcm'), slices[1]!.subarray(0, 300));
    writeFileSync(join(mixed, 'empty'), '');
    writeFileSync(join(mixed, 'notes.txt'), 'The patient said nothing.');
    writeFileSync(join(mixed, 'broken.zip'), 'PK\x03\x04 and nothing more');
    writeZip(join(mixed, 'far.zip'), [{ name: 'a.dcm', content: () => slices[2]! }], {
      zip64: true,
      end64: 2 ** 60,
    });
    symlinkSync('nowhere', join(mixed, 'link'));
    const { files } = await scanDicom([mixed]);
    const of = Object.fromEntries(files.map((f) => [f.path.slice(mixed.length + 1), f]));
    expect(Object.fromEntries(Object.entries(of).map(([name, f]) => [name, f.status]))).toEqual({
      'a.dcm': 'loaded',
      'b.dcm': 'skipped',
      'cut.dcm': 'failed',
      'header.dcm': 'failed',
      empty: 'failed',
      'notes.txt': 'skipped',
      'broken.zip': 'failed',
      'far.zip': 'failed',
      link: 'skipped',
    });
    expect(of['b.dcm']!.reason).toMatch(/a copy of .*a\.dcm/);
    expect(of['cut.dcm']!.reason).toMatch(/100 of \d+ bytes are missing/);
    expect(of['broken.zip']!.reason).toMatch(/zip/);
    expect(of['far.zip']!.reason).toMatch(/zip file is damaged/);
  });

  it('a file that is named beside its folder, or twice, counts once', async () => {
    const scan = await scanDicom([series, join(series, '9.dcm'), join(series, '.', '9.dcm')]);
    expect(scan.files.map(({ status }) => status)).toEqual(Array(5).fill('loaded'));
  });

  it('a folder that links to itself ends', async () => {
    symlinkSync(series, join(series, 'deeper', 'again'));
    expect((await scanDicom([series])).files).toHaveLength(5);
  });

  it('what may not be read is skipped, wherever a link to it lies', async () => {
    const outside = join(folder, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'secret.dcm'), slices[0]!);
    symlinkSync(outside, join(series, 'linked-folder'));
    symlinkSync(join(outside, 'secret.dcm'), join(series, 'linked-file'));
    const real = realpathSync(series);
    const { files } = await scanDicom([series], { mayRead: (path) => path.startsWith(real) });
    const skipped = files.filter(({ status }) => status === 'skipped');
    expect(skipped.map(({ path }) => basename(path))).toEqual(['linked-file', 'linked-folder']);
    expect(skipped[0]!.reason).toBe('a link that leads out of the folders to be read');
    expect(files).toHaveLength(7);
  });

  it.each([
    ['no-such-path', () => join(folder, 'nothing')],
    ['no-dicom-found', () => join(import.meta.dirname)],
  ])('%s is a clear error', async (code, path) => {
    await expect(scanDicom([path()])).rejects.toMatchObject({ code });
  });

  it('can be cancelled', async () => {
    await expect(scanDicom([series], { signal: AbortSignal.abort() })).rejects.toThrow();
  });
});

describe.skipIf(dicomdirMissing !== undefined)(
  `a DICOMDIR${dicomdirMissing ? ` (skipped: ${dicomdirMissing})` : ''}`,
  () => {
    const disc = join(folder, 'disc');
    const directory = join(disc, 'DICOMDIR');
    const named = ['IM0', 'IM1', 'IM2', 'IM3'];
    beforeAll(() => {
      mkdirSync(join(disc, 'SERIES'), { recursive: true });
      named.forEach((name, k) => writeFileSync(join(disc, 'SERIES', name), slices[k]!));
      makeDicomdir(
        disc,
        named.map((name) => join('SERIES', name)),
      );
      writeFileSync(join(disc, 'SERIES', 'OTHER'), slices[4]!);
    });

    it('opens the files that it names, and no others', async () => {
      const scan = await scanDicom([directory]);
      expect(scan.files).toEqual([
        { path: directory, status: 'skipped', reason: 'a directory of files (DICOMDIR)' },
        ...named.map((name) => ({
          path: join(disc, 'SERIES', name),
          status: 'loaded',
          reason: '',
        })),
      ]);
      expect(scan.series[0]!.stacks[0]!.verdicts.map(({ kind }) => kind)).toEqual(['regular']);
    });

    it('opens them by small letters, too, as discs are often shown', async () => {
      const small = join(folder, 'small');
      mkdirSync(join(small, 'series'), { recursive: true });
      copyFileSync(directory, join(small, 'dicomdir'));
      for (const name of named)
        copyFileSync(join(disc, 'SERIES', name), join(small, 'series', name.toLowerCase()));
      const scan = await scanDicom([join(small, 'dicomdir')]);
      expect(scan.files.filter(({ status }) => status === 'loaded')).toHaveLength(4);
    });

    it('tells which of them are missing, and opens none that may not be read', async () => {
      const rest = join(folder, 'rest');
      mkdirSync(join(rest, 'SERIES'), { recursive: true });
      copyFileSync(directory, join(rest, 'DICOMDIR'));
      copyFileSync(join(disc, 'SERIES', 'IM0'), join(rest, 'SERIES', 'IM0'));
      symlinkSync(join(disc, 'SERIES', 'IM1'), join(rest, 'SERIES', 'IM1'));
      const real = realpathSync(rest);
      const scan = await scanDicom([join(rest, 'DICOMDIR')], {
        mayRead: (path) => path.startsWith(real),
      });
      expect(scan.files.slice(1).map(({ status, reason }) => [status, reason])).toEqual([
        ['loaded', ''],
        ['skipped', 'a link that leads out of the folders to be read'],
        ['failed', 'is not there, but named by DICOMDIR'],
        ['failed', 'is not there, but named by DICOMDIR'],
      ]);
      rmSync(join(rest, 'SERIES'), { recursive: true });
      const paths = [join(rest, 'DICOMDIR')];
      const none = await scanDicom(paths);
      expect([none.files.length, none.series]).toEqual([5, []]);
      expect(() => requireImages(none, paths)).toThrow(
        'a directory of files (DICOMDIR); is not there, but named by DICOMDIR.',
      );
    });
  },
);

describeShared('a head CT with a tilted gantry', ['data', 'ct-gantry-tilt'], (path) => {
  it('is refused with the reason, and resampled when asked', async () => {
    const { series: found } = await scanDicom([path]);
    const [stack] = found[0]!.stacks;
    await expect(loadVolume(stack!)).rejects.toMatchObject({
      code: 'irregular-geometry',
      message: expect.stringMatching(/1\.08 to 7 mm.*lean 18\.5°/) as unknown,
    });
    const volume = await loadVolume(stack!, { resample: true });
    const [nx, ny, nz] = volume.grid.size;
    expect(volume.data).toHaveLength(nx * ny * nz);
    expect(volume.resampled).toMatch(/gantry tilt/);
    // Bone stays where it was: some voxel far above soft tissue, none above the original's highest.
    expect(volume.data.some((v) => v > 800)).toBe(true);
  });
});

describeShared('everything that lies about', ['data', 'dialects'], (path) => {
  it('is scanned, and decoded or refused in words', { timeout: 120_000 }, async () => {
    const scan = await scanDicom([path]);
    expect(scan.files.filter(({ status }) => status === 'loaded').length).toBeGreaterThan(80);
    let loaded = 0;
    for (const stack of scan.series.flatMap(({ stacks }) => stacks)) {
      try {
        const { data, grid } = await loadVolume(stack);
        expect(data).toHaveLength(grid.size[0] * grid.size[1] * grid.size[2]);
        loaded++;
      } catch (error) {
        expect(error).toBeInstanceOf(MarginaliaError);
      }
    }
    expect(loaded).toBeGreaterThan(25);
  });
});
