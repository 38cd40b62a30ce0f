import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extentsOf, isIn, labelsAfter, openRules, positionsOf, volumes } from './arbitraries.ts';
import { fillHoles, paint, type EditRules, type LabelVolume } from './index.ts';

const cases = volumes.chain((volume) =>
  fc.record({
    // Mostly one label: holes are rare in noise.
    volume: fc.constantFrom(0.5, 0.8).map((share) => ({
      ...volume,
      data: volume.data.map((v, n) => ((n * 7919) % 101 < share * 101 ? 1 : v)),
    })),
    extent: extentsOf(volume),
    rules: openRules.map((paintRules) => ({
      ...paintRules,
      value: 1,
      locked: new Set([...paintRules.locked].filter((l) => l !== 1)),
    })),
  }),
);

const paintRules: EditRules = { value: 1, locked: new Set(), overwrite: 'unlocked' };
const picture = (...rows: string[]): LabelVolume => ({
  size: [rows[0]!.length, rows.length, 1],
  spacing: [1, 1, 1],
  data: Uint8Array.from([...rows.join('')], Number),
});

describe('filling holes', () => {
  it('paints what does not reach the border of the extent, by the rules', () => {
    fc.assert(
      fc.property(cases, ({ volume, extent, rules }) => {
        const { size, data } = volume;
        const all = positionsOf(size);
        const isRest = all.map((p, n) => isIn(extent, p) && data[n] !== rules.value);
        const isOpen = all.map(
          (p, n) =>
            isRest[n]! &&
            p.some((v, axis) => {
              const isAlong = extent === 'volume' || extent.axis !== axis;
              return isAlong && (v === 0 || v === size[axis]! - 1);
            }),
        );
        for (let changed = true; changed;) {
          changed = false;
          all.forEach((p, n) => {
            if (isOpen[n] || !isRest[n]) return;
            const touches = all.some(
              (q, m) => isOpen[m] && Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]) === 1,
            );
            if (touches) isOpen[n] = changed = true;
          });
        }
        const holes = Uint8Array.from(isRest, (rest, n) => (rest && !isOpen[n] ? 1 : 0));
        const expected = paint(volume, { from: [0, 0, 0], size, mask: holes }, rules, 'Fill');
        expect(fillHoles(volume, extent, rules, 'Fill')).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('takes a ring that closes at corners only for closed, and one at the border for open', () => {
    const volume = picture(
      '0010010', //
      '0101001',
      '0010010',
    );
    const filled = labelsAfter(
      volume,
      fillHoles(volume, { axis: 2, index: 0 }, paintRules, 'Fill'),
    );
    expect(filled).toEqual([
      ...picture(
        '0010010', //
        '0111001',
        '0010010',
      ).data,
    ]);
  });

  it('leaves labels in holes alone where only empty voxels are filled', () => {
    const volume = picture('1111', '1201', '1111');
    const edit = fillHoles(
      volume,
      { axis: 2, index: 0 },
      { ...paintRules, overwrite: 'empty' },
      'Fill',
    );
    expect(labelsAfter(volume, edit)).toEqual([...picture('1111', '1211', '1111').data]);
  });

  it('of a label that is not there changes nothing', () => {
    const volume = picture('22', '22');
    expect(fillHoles(volume, 'volume', paintRules, 'Fill').starts).toHaveLength(0);
  });
});
