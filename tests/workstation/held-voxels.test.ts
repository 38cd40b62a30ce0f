import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DicomImage } from '../../src/main/dicom/index.ts';
import { scanImages } from '../../src/main/images/index.ts';
import type { Source } from '../../src/shared/image/index.ts';
import { writePhantomSeries } from '../../src/main/services/cases/phantom.ts';
import { holdVoxels } from '../../src/main/services/cases/held-voxels.ts';
import type { VoxelArray } from '../../src/shared/volume.ts';

const SLICES = 10;
const SIZE = 32;
const BYTES = SIZE * SIZE * SLICES * 2;

describe('voxels of a stack', () => {
  const folder = mkdtempSync(join(tmpdir(), 'marginalia-held-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  let scanned: DicomImage;
  beforeAll(async () => {
    await writePhantomSeries(folder, { seed: 5, slices: SLICES, size: SIZE });
    scanned = (await scanImages([folder])).images[0] as DicomImage;
  });

  /** The image, with every read of a file noted. */
  function watched(change: (source: Source) => Source = (source) => source) {
    const reads: string[] = [];
    const frames = scanned.stack.frames.map((frame) => {
      const source = change(frame.source);
      const read = (limit?: number): Promise<Uint8Array> => {
        reads.push(source.path);
        return source.read(limit);
      };
      return { ...frame, source: { ...source, read } };
    });
    return { image: { ...scanned, stack: { ...scanned.stack, frames } }, reads };
  }
  const sliceOf = (data: VoxelArray, k: number): VoxelArray =>
    data.subarray(k * SIZE * SIZE, (k + 1) * SIZE * SIZE);
  /** They are held for so many milliseconds. */
  const AFTER = 1000;
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => vi.useRealTimers());

  it('stay where they are few', async () => {
    const { image, reads } = watched();
    const held = holdVoxels(image, { most: BYTES, after: AFTER });
    const { data } = await held.whole();
    vi.advanceTimersByTime(1000 * AFTER);
    expect(await held.slice(3)).toEqual(sliceOf(data, 3));
    expect((await held.whole()).data).toBe(data);
    expect(reads).toHaveLength(SLICES);
  });

  it('are let go of where they are many; then slices are read from their own files, lately read ones from memory', async () => {
    const { image, reads } = watched();
    const held = holdVoxels(image, { most: BYTES - 1, after: AFTER });
    const { data } = await held.whole();
    // Whoever looks at it holds it for as long again.
    for (let n = 0; n < 2; n++) {
      vi.advanceTimersByTime(AFTER - 1);
      expect(await held.slice(3)).toEqual(sliceOf(data, 3));
    }
    expect(reads).toHaveLength(SLICES);
    vi.advanceTimersByTime(AFTER);
    for (const k of [3, 3, 0, 3, SLICES - 1]) expect(await held.slice(k)).toEqual(sliceOf(data, k));
    expect(reads.slice(SLICES)).toEqual([3, 0, SLICES - 1].map((k) => image.files[k]));
    for (let k = 0; k < SLICES; k++) expect(await held.slice(k)).toEqual(sliceOf(data, k));
    const before = reads.length;
    const again = await held.whole();
    expect(again.data).toEqual(data);
    expect(reads).toHaveLength(before + SLICES);
    vi.advanceTimersByTime(AFTER);
    const { byteLength, slices } = await held.handOver(new AbortController().signal);
    const handed: Uint8Array[] = [];
    for await (const bytes of slices) handed.push(bytes);
    expect(byteLength).toBe(BYTES);
    const middle = sliceOf(data, SLICES / 2);
    expect(
      Buffer.compare(
        handed[0]!,
        new Uint8Array(middle.buffer, middle.byteOffset, middle.byteLength),
      ),
    ).toBe(0);
    expect(Buffer.concat(handed)).toHaveLength(BYTES);
  });

  it('stay where slices share a file, which would be read as a whole for each', async () => {
    const { image, reads } = watched();
    const { stack } = image;
    const { source } = stack.frames[0]!;
    const frames = stack.frames.map((frame) => ({ ...frame, source }));
    const shared = { ...image, stack: { ...stack, frames } };
    const held = holdVoxels(shared, { most: 1, after: AFTER });
    await held.whole();
    const before = reads.length;
    vi.advanceTimersByTime(1000 * AFTER);
    await held.slice(3);
    expect(reads).toHaveLength(before);
  });

  it('are read once for all who ask at the same time, and a slice as soon as it is there', async () => {
    const { image, reads } = watched();
    const held = holdVoxels(image);
    const order: string[] = [];
    await Promise.all([
      held.whole().then(() => order.push('whole')),
      held.slice(SLICES / 2).then(() => order.push('slice')),
      held.whole(),
    ]);
    expect(order).toEqual(['slice', 'whole']);
    expect(reads).toHaveLength(SLICES);
  });

  it('are told of as soon as the middle one is there, and not before, whatever file is read first', async () => {
    const middle = SLICES / 2;
    let release = (): void => undefined;
    const othersAreThere = new Promise<void>((resolve) => (release = resolve));
    const { image } = watched((source) => ({
      ...source,
      read: async (limit) => {
        if (source.path === scanned.files[middle]) await othersAreThere;
        return source.read(limit);
      },
    }));
    const firsts: [number, VoxelArray][] = [];
    const { data } = await holdVoxels(image).whole(undefined, {
      progress(done) {
        if (done < SLICES - 1) return;
        expect(firsts).toHaveLength(done - SLICES + 1);
        release();
      },
      first: (values, k) => firsts.push([k, values.slice()]),
    });
    expect(firsts).toEqual([[middle, sliceOf(data, middle)]]);
  });

  it('of which a file is gone say so, and come when it is back', async () => {
    let isGone = true;
    const { image } = watched((source) => ({
      ...source,
      read: (limit) =>
        isGone && source.path === scanned.files[7]
          ? Promise.reject(Object.assign(new Error('gone'), { code: 'ENOENT' }))
          : source.read(limit),
    }));
    const held = holdVoxels(image, { most: 1, after: AFTER });
    await expect(held.whole()).rejects.toMatchObject({
      code: 'unreadable-path',
      message: expect.stringContaining('ENOENT') as string,
    });
    await expect(held.slice(7)).rejects.toMatchObject({ code: 'unreadable-path' });
    isGone = false;
    expect(await held.slice(7)).toEqual(sliceOf((await held.whole()).data, 7));
  });
});
