import { describe, expect, it } from 'vitest';
import { requireGrid, type ImageWarning } from './index.ts';

const oblique: ImageWarning = { severity: 'info', kind: 'oblique', text: 'turned by 3°' };
const gap: ImageWarning = { severity: 'warning', kind: 'gap', text: '1 slice is missing' };

describe('asking for the grid of an image', () => {
  it('gives it where there is one, whatever else is to be known', () => {
    const grid = {
      size: [1, 1, 1],
      affineLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    } as const;
    expect(requireGrid({ grid, warnings: [oblique], resamplable: false })).toBe(grid);
  });

  it('is refused with what keeps the frames from one, and with what can be done', () => {
    const refused = { grid: null, warnings: [oblique, gap], resamplable: true };
    expect(() => requireGrid(refused)).toThrow(
      expect.objectContaining({
        code: 'irregular-geometry',
        message: 'The series is no regular volume: 1 slice is missing.',
        hint: expect.stringContaining('--resample') as unknown,
      }),
    );
    expect(() => requireGrid({ ...refused, resamplable: false })).toThrow(
      expect.objectContaining({ hint: 'Choose another series.' }),
    );
  });
});
