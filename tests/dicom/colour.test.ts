import { filesBelow, maxDifference } from './compared.ts';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readFrames } from '../../src/main/dicom/pixels/index.ts';
import { missingCommand, missingPython, python } from '../export/tools.ts';
import { describeShared, sharedPath } from '../support/shared-data.ts';

const temporary = mkdtempSync(join(tmpdir(), 'marginalia-colour-'));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

/** Red, green and blue of the first frame. */
async function firstColours(path: string): Promise<Uint8Array> {
  const [frame] = await readFrames(readFileSync(path), [0], { name: basename(path) });
  expect([frame!.channels, frame!.data.constructor], path).toEqual([3, Uint8Array]);
  expect(frame!.data).toHaveLength(3 * frame!.rows * frame!.columns);
  return frame!.data as Uint8Array;
}

/**
 * Colours of the first frames as pydicom has them, one file each; [path, file, what the file says,
 * whether it is lossy JPEG]. Of more than 8 bits the highest eight, as ours are. pydicom 2.3 does not
 * swap the entries of big endian palettes, nor the bytes of 8-bit big endian words: those are left out.
 */
const PYDICOM = `
import json, os, sys, warnings; warnings.filterwarnings('ignore')
import logging; logging.disable(50)
import pydicom
from pydicom.pixel_data_handlers.util import convert_color_space, apply_color_lut
out, rows = sys.argv[1], []
for root in sys.argv[2:]:
    for folder, _, names in os.walk(root):
        for name in sorted(names):
            path = os.path.join(folder, name)
            try:
                d = pydicom.dcmread(path, force=True)
                said = d.PhotometricInterpretation
                if said.startswith('MONOCHROME'): continue
                if not hasattr(d, 'file_meta') or 'TransferSyntaxUID' not in d.file_meta:
                    d.file_meta = pydicom.dataset.FileMetaDataset()
                    d.file_meta.TransferSyntaxUID = '1.2.840.10008.1.2' if d.is_implicit_VR else '1.2.840.10008.1.2.1'
                if not d.is_little_endian and d['PixelData'].VR == 'OW' and d.BitsAllocated == 8: continue
                if not d.is_little_endian and said == 'PALETTE COLOR': continue
                a = d.pixel_array
                if said == 'PALETTE COLOR': a = apply_color_lut(a, d)
                elif said.startswith('YBR_FULL'): a = convert_color_space(a, 'YBR_FULL', 'RGB')
                if int(d.get('NumberOfFrames', 1) or 1) > 1: a = a[0]
                if a.dtype.itemsize > 1: a = a >> (8 * a.dtype.itemsize - 8)
                a.astype('uint8').tofile(os.path.join(out, str(len(rows))))
                rows.append([path, str(len(rows)), said, d.file_meta.TransferSyntaxUID == '1.2.840.10008.1.2.4.50'])
            except Exception: pass
print(json.dumps(rows))
`;

/** Debian's python3-pydicom brings some of its test data. */
const INSTALLED = '/usr/lib/python3/dist-packages/pydicom/data/test_files';

const noPydicom = missingPython('pydicom') ?? missingPython('numpy') ?? missingPython('PIL.Image');
const folders = [
  sharedPath('data', 'dialects'),
  sharedPath('data', 'hard-series'),
  existsSync(INSTALLED) ? INSTALLED : undefined,
].filter((path) => path !== undefined);
const skipped = noPydicom ?? (folders.length === 0 ? 'has no images to read' : undefined);

describe.skipIf(skipped)(`colours are those of pydicom${skipped ? ` (${skipped})` : ''}`, () => {
  it('of every kind that it decodes', { timeout: 120_000 }, async () => {
    const rows = python<[path: string, file: string, said: string, lossy: boolean][]>(
      PYDICOM,
      temporary,
      ...folders,
    );
    const kinds = new Set<string>();
    for (const [path, file, said, isLossyJpeg] of rows) {
      const far = maxDifference(await firstColours(path), readFileSync(join(temporary, file)));
      // Measured is 0. Other builds of libjpeg round the inverse DCT by ±1, and the conversion after it.
      expect(far, path).toBeLessThanOrEqual(isLossyJpeg ? 3 : 0);
      kinds.add(`${said}${isLossyJpeg ? ' in JPEG' : ''}`);
    }
    expect([...kinds].sort()).toEqual(
      expect.arrayContaining(['PALETTE COLOR', 'RGB', 'RGB in JPEG', 'YBR_FULL in JPEG']),
    );
    expect(rows.length).toBeGreaterThan(20);
  });
});

describeShared('colours that pydicom does not decode here', ['data', 'dialects'], (dialects) => {
  const files = filesBelow(dialects);
  const named = (pattern: RegExp): string[] => files.filter((file) => pattern.test(basename(file)));
  const cases = [
    ...named(/^(SC_rgb_jpeg_gdcm|TestPattern_JPEG-Lossless_RGB)\.dcm$/).map((f) => ['dcmdjpeg', f]),
    ...named(/^(JLS[LN]_RGB_ILV.|TestPattern_JPEG-LS.*|SC_rgb_jls_.*)\.dcm$/).map((f) => [
      'dcmdjpls',
      f,
    ]),
  ] as [string, string][];

  for (const [tool, file] of cases) {
    const missing = missingCommand(tool, 'dcmtk');
    const why = missing ? ` (${missing})` : '';
    it.skipIf(missing)(`${basename(file)} is what ${tool} makes of it${why}`, async () => {
      const plain = join(temporary, 'plain.dcm');
      execFileSync(tool, [file, plain], { stdio: 'ignore' });
      expect(maxDifference(await firstColours(file), await firstColours(plain))).toBe(0);
    });
  }

  it('of big endian files are those of the little endian ones', async () => {
    const folder = join(dialects, 'pydicom');
    for (const [big, little] of [
      ['pydicom-data/OBXXXX1A_expb.dcm', 'pydicom-data/OBXXXX1A.dcm'],
      ['test_files/SC_rgb_small_odd_big_endian.dcm', 'test_files/SC_rgb_small_odd.dcm'],
    ] as const) {
      const [a, b] = [
        await firstColours(join(folder, big)),
        await firstColours(join(folder, little)),
      ];
      expect(maxDifference(a, b)).toBe(0);
    }
  });

  it('are red, green and blue in a JPX file with its boxes around', async () => {
    const path = join(dialects, 'pydicom/test_files/GDCMJ2K_TextGBR.dcm');
    const colours = await firstColours(path);
    const has = (colour: readonly number[]): boolean =>
      colours.some((_, i) => i % 3 === 0 && colour.every((value, c) => colours[i + c] === value));
    expect(
      [
        [255, 0, 0],
        [0, 255, 0],
        [0, 0, 255],
        [128, 128, 128],
      ].map(has),
    ).toEqual([true, true, true, true]);
  });

  it('of high-throughput JPEG 2000 are those of the lossless one, but for what was lost', async () => {
    const of = (name: string): Promise<Uint8Array> =>
      firstColours(join(dialects, 'pydicom/pydicom-data', name));
    const [exact, lossy] = [await of('HTJ2KLossless_08_RGB.dcm'), await of('HTJ2K_08_RGB.dcm')];
    const squares = exact.reduce((sum, value, i) => sum + (value - lossy[i]!) ** 2, 0);
    expect(Math.sqrt(squares / exact.length)).toBeLessThan(5);
    expect(maxDifference(exact, lossy)).toBeGreaterThan(0);
  });
});

describeShared('colours by pixel and by plane', ['data', 'hard-series'], (path) => {
  it('are the same red', async () => {
    for (const name of ['endoscopy-rgb', 'dermoscopy-rgb-planar']) {
      const colours = await firstColours(join(path, name, 'image.dcm'));
      const mean = [0, 1, 2].map(
        (c) =>
          colours.reduce((sum, v, i) => (i % 3 === c ? sum + v : sum), 0) / (colours.length / 3),
      );
      expect(mean[0], name).toBeGreaterThan(mean[1]! + 10);
      expect(mean[0], name).toBeGreaterThan(mean[2]! + 10);
    }
  });
});
