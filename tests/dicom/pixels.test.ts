import { filesBelow, maxDifference } from './compared.ts';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, expect, it, vi } from 'vitest';
import { readFrames, type StoredValues } from '../../src/main/dicom/pixels/index.ts';
import { MarginaliaError } from '../../src/shared/errors.ts';
import { describeShared } from '../support/shared-data.ts';

async function firstFrame(path: string): Promise<StoredValues> {
  const [frame] = await readFrames(readFileSync(path), [0], { name: basename(path) });
  expect(frame!.data).toHaveLength(frame!.rows * frame!.columns * frame!.channels);
  return frame!.data;
}

describeShared('one image, many encodings', ['data', 'dialects'], (dialects) => {
  it('of an oblique mosaic decode to the same values', async () => {
    const files = filesBelow(join(dialects, 'transfer-syntaxes/dicom'));
    const reference = await firstFrame(files[0]!);
    for (const file of files) expect(maxDifference(await firstFrame(file), reference)).toBe(0);
    expect(files).toHaveLength(9);
  });

  /** What a lossy encoding may differ by; undefined where it holds other (rescaled) values. */
  const TOLERANCE: Record<string, number | undefined> = {
    '1.2.840.10008.1.2.4.81': 1,
    '1.2.840.10008.1.2.4.91': 10,
    '1.2.840.10008.1.2.4.50': undefined,
    '1.2.840.10008.1.2.4.51': undefined,
    '1.2.840.10008.1.2.4.53': undefined,
    '1.2.840.10008.1.2.4.55': undefined,
  };

  const ct = filesBelow(join(dialects, 'codecs')).filter((file) => /CTImage\.dcm_/.test(file));
  const syntaxOf = (file: string): string => /_([\d.]+)\.dcm$/.exec(file)![1]!;

  it.each(ct.map((file) => [syntaxOf(file), file]))('of a CT slice: %s', async (syntax, file) => {
    const plain = await firstFrame(join(dialects, 'codecs/CTImage.dcm'));
    const values = await firstFrame(file);
    const tolerance = syntax in TOLERANCE ? TOLERANCE[syntax] : 0;
    if (tolerance !== undefined) {
      expect(maxDifference(values, plain)).toBeLessThanOrEqual(tolerance);
      return;
    }
    expect(correlation(values, plain)).toBeGreaterThan(0.999);
  });

  it('of a segmentation of one bit, in frames that do not end on a byte', async () => {
    const folder = join(dialects, 'pydicom/pydicom-data');
    const read = async (name: string): Promise<StoredValues[]> => {
      const bytes = readFileSync(join(folder, name));
      return (await readFrames(bytes, [0, 1, 2])).map((frame) => frame.data);
    };
    for (const stem of ['liver', 'liver_nonbyte_aligned']) {
      const plain = await read(`${stem}.dcm`);
      expect(plain.some((frame) => frame.includes(1))).toBe(true);
      for (const kind of ['rle', 'deflate', 'j2k']) {
        const packed = await read(`${stem}_${kind}.dcm`);
        plain.forEach((frame, k) => expect(maxDifference(packed[k]!, frame)).toBe(0));
      }
    }
  });
});

function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const mean = (v: ArrayLike<number>): number =>
    Array.prototype.reduce.call<
      ArrayLike<number>,
      [(s: number, x: number) => number, number],
      number
    >(v, (sum, x) => sum + x, 0) / v.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += (a[i]! - ma) * (b[i]! - mb);
    aa += (a[i]! - ma) ** 2;
    bb += (b[i]! - mb) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

describeShared('files of every kind', ['data', 'dialects', 'pydicom'], (folder) => {
  it('are read, or refused with a reason; none hangs or crashes', async () => {
    const codes = new Map<string, number>();
    for (const file of filesBelow(folder)) {
      const outcome: unknown = await readFrames(readFileSync(file), [0], { name: file }).then(
        () => 'read',
        (error: unknown) => (error instanceof MarginaliaError ? error.code : error),
      );
      expect(outcome, file).toBeTypeOf('string');
      codes.set(outcome as string, (codes.get(outcome as string) ?? 0) + 1);
    }
    expect(codes.get('read')).toBeGreaterThan(140);
    // Two are cut off; of a third (DICOMDIR-nooffset) a sequence is longer than the file.
    expect(codes.get('truncated-file')).toBe(3);
  });
});

/** pydicom 2 reads what is not compressed; it leaves bits beyond BitsStored in place, so they go. */
const PYDICOM = `
import json, sys, warnings; warnings.filterwarnings('ignore')
import numpy, pydicom
for path in json.load(sys.stdin):
    try:
        d = pydicom.dcmread(path, force=True)
        ts = getattr(getattr(d, 'file_meta', None), 'TransferSyntaxUID', None)
        if (ts and ts.is_encapsulated) or d.SamplesPerPixel != 1 or d.PhotometricInterpretation == 'PALETTE COLOR': raise ValueError
        frames = int(d.get('NumberOfFrames', 1) or 1)
        a = d.pixel_array.reshape(frames, -1).astype('float64')
        if d.get('BitsStored', 16) < d.get('BitsAllocated', 16):
            n = int(d.BitsStored); a = a % 2 ** n
            if d.PixelRepresentation: a = numpy.where(a >= 2 ** (n - 1), a - 2 ** n, a)
        print(json.dumps([path, frames, [float(f.sum()) for f in a], [float((f * (numpy.arange(f.size) % 1009)).sum()) for f in a]]))
    except Exception: pass
`;
const pydicom = spawnSync('/usr/bin/python3', ['-c', 'import pydicom, numpy']).status === 0;

describeShared('every frame of uncompressed images', ['data'], (data) => {
  it.skipIf(!pydicom)(
    `is what pydicom reads${pydicom ? '' : ' (python3-pydicom is missing)'}`,
    async () => {
      const files = [
        ...filesBelow(join(data, 'dialects/pydicom')),
        ...filesBelow(join(data, 'mr-enhanced')),
        ...filesBelow(join(data, 'dialects/codecs')),
      ];
      const output = execFileSync('/usr/bin/python3', ['-c', PYDICOM], {
        input: JSON.stringify(files),
        encoding: 'utf8',
        maxBuffer: 2 ** 26,
        stdio: ['pipe', 'pipe', 'ignore'],
      });
      const judged = output.trim().split('\n');
      expect(judged.length).toBeGreaterThan(60);
      for (const line of judged) {
        const [file, frames, sums, weighted] = JSON.parse(line) as [
          string,
          number,
          number[],
          number[],
        ];
        const wanted = Array.from({ length: frames }, (_, k) => k);
        const ours = await readFrames(readFileSync(file), wanted);
        const sum = (weight: (i: number) => number): number[] =>
          ours.map(({ data: values }) => {
            let total = 0;
            for (let i = 0; i < values.length; i++) total += values[i]! * weight(i);
            return total;
          });
        expect(
          sum(() => 1),
          file,
        ).toEqual(sums);
        expect(
          sum((i) => i % 1009),
          file,
        ).toEqual(weighted);
      }
    },
  );
});

const temporary = mkdtempSync(join(tmpdir(), 'marginalia-pixels-'));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

describeShared('compressed images', ['data', 'dialects'], (dialects) => {
  const jpeg = ['4.50', '4.51', '4.53', '4.55', '4.57', '4.70'];
  const named = (pattern: RegExp): string[] =>
    filesBelow(dialects).filter((file) => pattern.test(file) && !/TestPattern|SC_rgb/.test(file));
  const cases = [
    ...named(new RegExp(`(${jpeg.join('|')})\\.dcm$`)).map((file) => ['dcmdjpeg', file]),
    ...named(/(JPEG-LL|JPGExtended|JPEG-lossy|bad_sequence)\.dcm$/).map((f) => ['dcmdjpeg', f]),
    ...named(/(4\.8[01]|JPEGLSNearLossless_..|small_jpeg_ls_lossless)\.dcm$/).map((file) => [
      'dcmdjpls',
      file,
    ]),
    ...named(/(4\.9[01]|jpeg_2k_lossless|MR2_J2K.|explicit_VR-UN)\.dcm$/).map((file) => [
      'gdcmconv --raw',
      file,
    ]),
  ] as [string, string][];
  const tools = new Map([
    ['dcmdjpeg', '/usr/bin/dcmdjpeg'],
    ['dcmdjpls', '/usr/bin/dcmdjpls'],
    ['gdcmconv --raw', '/usr/bin/gdcmconv'],
  ]);

  for (const [tool, file] of cases) {
    const missing = !existsSync(tools.get(tool)!);
    const why = missing
      ? ` (${tool.startsWith('gdcm') ? 'libgdcm-tools' : 'dcmtk'} is missing)`
      : '';
    it.skipIf(missing)(`${basename(file)} is what ${tool} makes of it${why}`, async () => {
      const [command, ...options] = tool.split(' ');
      const plain = join(temporary, 'plain.dcm');
      execFileSync(command!, [...options, file, plain], { stdio: 'ignore' });
      expect(maxDifference(await firstFrame(file), await firstFrame(plain))).toBe(0);
    });
  }
});

describeShared('the decoder threads', ['data', 'dialects', 'codecs'], (folder) => {
  const slow = join(
    folder,
    'CTImage.dcm_JPEG2000LosslessOnlyTransferSyntax_1.2.840.10008.1.2.4.90.dcm',
  );

  it('stop at once when aborted, and work again afterwards', async () => {
    const bytes = readFileSync(slow);
    await readFrames(bytes, [0]);
    const controller = new AbortController();
    const many = Array.from({ length: 200 }, () => 0);
    const killed = vi.spyOn(Worker.prototype, 'terminate');
    const reading = readFrames(bytes, many, { signal: controller.signal });
    let isOver = false;
    const over = reading.catch(() => undefined).finally(() => (isOver = true));
    // The threads have got their first frames.
    await Promise.race([over, new Promise(setImmediate)]);
    expect([isOver, killed.mock.calls.length]).toEqual([false, 0]);
    controller.abort(new Error('enough'));
    // What a thread says comes in a later turn of the event loop: nobody has waited for it.
    await new Promise(setImmediate);
    expect(isOver).toBe(true);
    await expect(reading).rejects.toThrow('enough');
    expect(killed).toHaveBeenCalled();
    killed.mockRestore();
    expect((await firstFrame(slow)).length).toBe(512 * 512);
  });

  it('outlive a codestream that breaks them', async () => {
    const bytes = Uint8Array.from(readFileSync(slow));
    // Inside the packets, behind the codestream's header.
    for (let i = bytes.length >> 1; i < bytes.length; i += 7) bytes[i] = (i * 31) & 255;
    const outcome: unknown = await readFrames(bytes, [0]).catch((error: unknown) => error);
    expect(Array.isArray(outcome) || outcome instanceof MarginaliaError).toBe(true);
    const damaged = Uint8Array.from(readFileSync(slow));
    const start = damaged.findIndex((_, i) => damaged[i] === 0xff && damaged[i + 1] === 0x52);
    damaged.fill(0xff, start + 2, start + 12);
    await expect(readFrames(damaged, [0])).rejects.toMatchObject({ code: 'corrupt-pixel-data' });
    expect((await firstFrame(slow)).length).toBe(512 * 512);
  });

  it('let the process end by itself', () => {
    const root = resolve(import.meta.dirname, '../..');
    const script = `
      import { readFileSync } from 'node:fs';
      import { readFrames } from ${JSON.stringify(join(root, 'src/main/dicom/pixels/index.ts'))};
      const [frame] = await readFrames(readFileSync(${JSON.stringify(slow)}), [0]);
      process.stdout.write(String(frame.data.length));
    `;
    const tsx = ['--import', 'tsx', '--input-type=module', '-e', script];
    const run = spawnSync(process.execPath, tsx, { cwd: root, encoding: 'utf8', timeout: 100_000 });
    expect({ status: run.status, stdout: run.stdout }).toEqual({ status: 0, stdout: '262144' });
  });
});
