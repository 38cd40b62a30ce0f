import { expect, it } from 'vitest';
import { loadVolume, scanDicom } from '../support/scan-dicom.ts';
import { describeShared } from '../support/shared-data.ts';

describeShared('three phases at the same positions', ['data', 'hard-series'], (path) => {
  it.each([
    [
      'three-phases-by-time',
      ['acquired at 12:00:00', 'acquired at 12:00:10', 'acquired at 12:00:20'],
    ],
    [
      'three-phases-by-number-alone',
      [1, 2, 3].map((phase) => `phase ${phase} of 3 by instance number`),
    ],
  ])('%s are three volumes, which say what parted them', async (name, distinctions) => {
    const { series } = await scanDicom([`${path}/${name}`]);
    expect(series).toHaveLength(1);
    const [{ stacks, seriesInstanceUid: uid }] = series as [(typeof series)[0]];
    expect(stacks.map(({ distinction }) => distinction)).toEqual(distinctions);
    expect(stacks.map(({ id }) => id)).toEqual([uid, `${uid}#2`, `${uid}#3`]);
    const [first, ...later] = await Promise.all(stacks.map((stack) => loadVolume(stack)));
    for (const [k, { grid, data }] of later.entries()) {
      expect(grid).toEqual(first!.grid);
      // Grey values of phase t lie 10·t above those of the first.
      const rise = new Set(data.map((value, i) => value - first!.data[i]!));
      expect([...rise]).toEqual([10 * (k + 1)]);
    }
    expect(first!.grid.size[2]).toBe(16);
  });
});

describeShared(
  'an image of another size in a series',
  ['data', 'hard-series', 'one-slice-larger'],
  (path) => {
    it('is named, and the gap is told', async () => {
      const { series } = await scanDicom([path]);
      const stacks = series[0]!.stacks.map(({ distinction, verdicts }) => [
        distinction,
        verdicts.map(({ text }) => text).join(),
      ]);
      expect(stacks).toEqual([
        ['35 × 51', expect.stringContaining('1 slice is missing between')],
        ['38 × 56', expect.stringContaining('a single slice')],
      ]);
    });
  },
);
