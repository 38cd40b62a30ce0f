import { describe, expect, it } from 'vitest';
import type { FrameInfo, ImageInfo } from '../shared/image/index.ts';
import { imageText } from './image-text.ts';

const frame = (change: Partial<FrameInfo> = {}): FrameInfo => ({
  key: '',
  size: [200, 240],
  plane: null,
  spacing: null,
  time: null,
  ...change,
});

const text = (
  kind: ImageInfo['kind'],
  frames: readonly FrameInfo[],
  change: Partial<ImageInfo> = {},
): string =>
  imageText({ kind, channels: 1, frames, grid: null, distinction: '', ...change } as ImageInfo);

describe('an image on one line', () => {
  it('is a volume with its spacing, and what sets it apart', () => {
    const affineLps = [0.5, 0, 0, 0, 0, 0.5, 0, 0, 0, 0, 2.5, 0, 0, 0, 0, 1];
    const grid = { size: [200, 240, 2], affineLps } as const;
    expect(text('volume', [frame(), frame()], { grid, distinction: 'acquired at 12:00:10' })).toBe(
      'volume, 200 × 240 × 2, 0.5 × 0.5 × 2.5 mm  (acquired at 12:00:10)',
    );
  });

  it('says where sizes were measured, or that they are not known', () => {
    const spacing = (of: 'patient' | 'detector' | 'ultrasound region') =>
      text('picture', [frame({ spacing: { mm: [0.2, 0.25], of } })]);
    expect(spacing('patient')).toBe('picture, 200 × 240, 0.2 × 0.25 mm');
    expect(spacing('detector')).toBe('picture, 200 × 240, 0.2 × 0.25 mm at the detector');
    expect(spacing('ultrasound region')).toMatch(/mm in the ultrasound region$/);
    expect(text('picture', [frame()], { channels: 3 })).toBe(
      'picture in colour, 200 × 240, sizes in pixels',
    );
  });

  it('is a clip with how long its frames are shown', () => {
    const clip = (...times: number[]) =>
      text(
        'clip',
        times.map((time) => frame({ time })),
      );
    expect(clip(0, 40, 80)).toBe('clip, 200 × 240 × 3, 40 ms a frame, sizes in pixels');
    expect(clip(0, 33.3, 66.7, 100)).toContain(', 33 ms a frame,');
    expect(clip(0, 40, 95)).toContain(', 40 to 55 ms a frame,');
  });

  it('is a set of pictures of one size, or of several', () => {
    expect(text('set', [frame(), frame()])).toBe('set, 200 × 240 × 2, sizes in pixels');
    expect(text('set', [frame(), frame({ size: [300, 100] })])).toBe(
      'set, 2 of several sizes up to 300 × 240, sizes in pixels',
    );
  });
});
