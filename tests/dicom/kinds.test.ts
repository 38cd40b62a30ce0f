import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, it } from 'vitest';
import { scanImages } from '../../src/main/images/index.ts';
import { readerOf } from '../../src/main/images/index.ts';
import { MarginaliaError } from '../../src/shared/errors.ts';
import type { ImageInfo } from '../../src/shared/image/index.ts';
import { describeShared } from '../support/shared-data.ts';

async function only(path: string): Promise<ImageInfo> {
  const { images } = await scanImages([path]);
  expect(images).toHaveLength(1);
  return images[0]!;
}

const shape = ({ kind, channels, frames, grid, inverted }: ImageInfo) => ({
  kind,
  channels,
  frames: frames.length,
  hasPlane: frames.every(({ plane }) => plane !== null),
  hasGrid: grid !== null,
  spacing: frames[0]!.spacing,
  inverted,
});

const flat = { hasPlane: false, hasGrid: false, spacing: null, inverted: false };
const picture = { kind: 'picture', frames: 1, ...flat };

describeShared('what a DICOM series is', ['data', 'hard-series'], (path) => {
  it.each([
    ['dx-chest', { ...picture, channels: 1, spacing: { mm: [0.2, 0.2], of: 'detector' } }],
    ['cr-monochrome1', { ...picture, channels: 1, inverted: true }],
    ['us-rgb', { ...picture, channels: 3 }],
    ['endoscopy-rgb', { ...picture, channels: 3 }],
    ['dermoscopy-rgb-planar', { ...picture, channels: 3 }],
    ['us-rgb-12-frames', { ...flat, kind: 'clip', channels: 3, frames: 12 }],
    ['oct-20-frames', { ...flat, kind: 'stack', channels: 1, frames: 20 }],
    ['no-geometry', { ...flat, kind: 'stack', channels: 1, frames: 16 }],
    [
      'no-position',
      { ...flat, kind: 'stack', channels: 1, frames: 16, spacing: { mm: [1, 1], of: 'patient' } },
    ],
    [
      'imager-spacing-only',
      {
        ...flat,
        kind: 'stack',
        channels: 1,
        frames: 16,
        hasPlane: true,
        spacing: { mm: [1, 1], of: 'detector' },
      },
    ],
  ] as const)('%s', async (name, expected) => {
    const image = await only(`${path}/${name}`);
    expect(shape(image)).toEqual(expected);
    const reader = readerOf(image);
    const all = await reader.readAll(image, {});
    const [columns, rows] = image.frames[0]!.size;
    expect(all).toMatchObject({
      size: [columns, rows, image.frames.length],
      channels: image.channels,
      grid: null,
      resampled: null,
    });
    const length = columns * rows * image.channels;
    expect(all.data).toHaveLength(length * image.frames.length);
    for (const k of [0, image.frames.length - 1]) {
      const frame = await reader.readFrame(image, k);
      expect([frame.columns, frame.rows, frame.channels]).toEqual([columns, rows, image.channels]);
      expect([...frame.values]).toEqual([...all.data.subarray(k * length, (k + 1) * length)]);
    }
    if (image.channels === 3) expect(all.data).toBeInstanceOf(Uint8Array);
  });

  it('a clip says when each frame was acquired', async () => {
    const { frames } = await only(`${path}/us-rgb-12-frames`);
    expect(frames.map(({ time }) => time)).toEqual(frames.map((_, k) => 40 * k));
  });

  it('slices without a position come by Instance Number, and what is missing is said', async () => {
    const image = await only(`${path}/no-geometry`);
    expect(image.files.map((file) => basename(file))).toEqual(
      image.frames.map((_, k) => `${String(k).padStart(3, '0')}_0.dcm`),
    );
    expect(image.warnings.map(({ kind, text }) => `${kind}: ${text}`).join('\n')).toMatch(
      /no-geometry: .*Image Position .* order of their Instance Numbers\nno-spacing: .*in pixels/,
    );
    const { frames } = await only(`${path}/imager-spacing-only`);
    expect(frames.every(({ spacing }) => spacing?.of === 'detector')).toBe(true);
  });
});

const INSTALLED = '/usr/lib/python3/dist-packages/pydicom/data/test_files';
const installed = existsSync(INSTALLED);
const notThere = installed ? '' : ' (skipped: needs the Debian package python3-pydicom)';

it.skipIf(!installed)(
  `no image of pydicom’s is skipped for its colour or its geometry; each is read, or refused in words${notThere}`,
  { timeout: 120_000 },
  async () => {
    const { files, images } = await scanImages([INSTALLED]);
    const reasons = files.filter(({ status }) => status !== 'loaded').map(({ reason }) => reason);
    expect(reasons.filter((reason) => /colour|palette|geometry/.test(reason))).toEqual([]);
    const kinds = new Set(images.map(({ kind, channels }) => `${kind} ${channels}`));
    expect([...kinds]).toEqual(expect.arrayContaining(['picture 1', 'picture 3', 'stack 1']));
    const failed = new Set<string>();
    for (const image of images) {
      const all: unknown = await readerOf(image)
        .readAll(image, {})
        .catch((error: unknown) => error);
      if (!(all instanceof Error)) continue;
      expect(all).toBeInstanceOf(MarginaliaError);
      failed.add((all as MarginaliaError).code);
    }
    // Some of these files are cut off or damaged on purpose.
    expect([...failed].filter((code) => /colour|geometry|unsupported/.test(code))).toEqual([]);
  },
);
