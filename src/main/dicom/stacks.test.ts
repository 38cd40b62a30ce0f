import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptySource as source } from '../../../tests/support/empty-source.ts';
import { spacingOf, type Triple } from '../../shared/volume.ts';
import { stacksOf } from './stacks.ts';
import type { Frame } from './types.ts';

function frame(
  position: Triple,
  traits: Record<string, string> = {},
  name = String(position),
): Frame {
  return {
    source,
    index: 0,
    sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
    sopInstanceUid: `${name} ${JSON.stringify(traits)}`,
    instanceNumber: 0,
    rows: 4,
    columns: 5,
    channels: 1,
    inverted: false,
    spacing: { mm: [0.5, 0.7], of: 'patient' },
    plane: { position, row: [1, 0, 0], column: [0, 1, 0] },
    pixelSpacing: [0.5, 0.7],
    thickness: 3,
    slope: 1,
    intercept: 0,
    windows: [],
    tilt: 0,
    traits,
  };
}

const line = (heights: readonly number[], lean = 0): Frame[] =>
  heights.map((z) => frame([0, lean * z, z]));
const kinds = (frames: readonly Frame[]): string[] =>
  stacksOf('1.2', frames).flatMap((stack) => stack.verdicts.map(({ kind }) => kind));

describe('geometry of a stack', () => {
  it('a regular one has a grid: spacing of positions, not thickness; columns before rows', () => {
    const [stack] = stacksOf('1.2', line([10, 12.5, 15]));
    expect(stack!.verdicts.map(({ kind }) => kind)).toEqual(['regular']);
    expect(stack!.grid!.size).toEqual([5, 4, 3]);
    expect(spacingOf(stack!.grid!)).toEqual([0.5, 0.7, 2.5]);
    expect(stack!.grid!.affineLps[11]).toBe(10);
  });

  it.each([
    ['gap', line([0, 2, 4, 8, 10, 12]), true],
    ['uneven-spacing', line([0, 2, 4, 7.1, 9, 12]), true],
    ['gantry-tilt', line([0, 2, 4, 6, 8], Math.tan((12 * Math.PI) / 180)), true],
    ['duplicate', line([0, 2, 2, 4]), false],
    ['shifted', [frame([0, 0, 0]), frame([3, 0, 2]), frame([0, 0, 4]), frame([0, 0, 6])], false],
  ] as const)('%s is no regular volume', (kind, frames, resamplable) => {
    const [stack] = stacksOf('1.2', frames);
    expect(stack!.verdicts.map((v) => v.kind)).toContain(kind);
    expect(stack!.grid).toBeUndefined();
    expect(stack!.resamplable).toBe(resamplable);
  });

  it('says where slices are missing, and by how much a gantry leans', () => {
    const gap = stacksOf('1.2', line([0, 2, 4, 10]))[0]!.verdicts[0]!.text;
    expect(gap).toBe('2 slices are missing between 4 and 10 mm along the normal');
    const tilt = stacksOf('1.2', line([0, 2, 4], Math.tan(Math.PI / 12)))[0]!.verdicts[0]!.text;
    expect(tilt).toMatch(/15\.0°/);
  });

  it('rounding of positions is neither tilt nor unevenness', () => {
    const frames = line([0, 1.0004, 1.9997, 3.0002]).map((f, n) => ({
      ...f,
      plane: { ...f.plane!, position: [0.0004 * (n % 2), 0, f.plane!.position[2]] as Triple },
    }));
    expect(kinds(frames)).toEqual(['regular']);
  });

  it('images without a place are no volume', () => {
    const { plane, ...placeless } = frame([0, 0, 0]);
    expect(kinds([placeless, { ...placeless, sopInstanceUid: 'b' }])).toEqual(['no-geometry']);
    expect(kinds([placeless])).toEqual([]);
    expect(kinds([{ ...placeless, spacing: null }])).toEqual(['no-spacing']);
  });

  it('a picture without a place has no grid, one with a place has', () => {
    const { plane, ...placeless } = frame([0, 0, 0]);
    const gridOf = (picture: Frame) => stacksOf('1.2', [picture])[0]!.grid;
    expect(gridOf(placeless)).toBeUndefined();
    expect(gridOf({ ...placeless, ...(plane && { plane }) })!.size).toEqual([5, 4, 1]);
  });

  it('colours are not resampled', () => {
    const stacks = stacksOf(
      '1.2',
      line([0, 2, 4, 8]).map((slice) => ({ ...slice, channels: 3 as const })),
    );
    expect(stacks.map(({ grid, resamplable }) => [grid, resamplable])).toEqual([
      [undefined, false],
    ]);
  });
});

describe('stacks of a series', () => {
  const echoes = [0, 2, 4].flatMap((z) =>
    ['10', '2'].map((echo) => frame([0, 0, z], { 'echo time': echo, 'content time': String(z) })),
  );

  it('are parted by what differs at one place, in natural order', () => {
    const stacks = stacksOf('1.2', echoes);
    expect(stacks.map(({ id, distinction }) => [id, distinction])).toEqual([
      ['1.2', 'echo time 2'],
      ['1.2#2', 'echo time 10'],
    ]);
    expect(stacks.every(({ grid }) => grid !== undefined)).toBe(true);
  });

  it('a trait of every slice parts nothing', () => {
    const frames = [0, 2, 4].map((z) => frame([0, 0, z], { acquisition: String(z) }));
    expect(stacksOf('1.2', frames)).toHaveLength(1);
  });

  it('never mix channels, and count colour behind all grey ones, whatever it is more of', () => {
    const colours = [0, 2, 4, 6].map((z) => ({
      ...frame([0, 0, z], {}, `colour ${z}`),
      channels: 3 as const,
    }));
    const phases = [1, 2].flatMap((phase) =>
      [0, 2].map((z, k) => ({
        ...frame([0, 0, z], {}, `${phase} ${z}`),
        instanceNumber: 2 * phase + k,
      })),
    );
    const stacks = stacksOf('1.2', [...colours, ...phases]);
    expect(stacks.map(({ id, distinction, frames }) => [id, distinction, frames.length])).toEqual([
      ['1.2', '5 × 4, phase 1 of 2 by instance number', 2],
      ['1.2#2', '5 × 4, phase 2 of 2 by instance number', 2],
      ['1.2#3', '5 × 4 in colour', 4],
    ]);
    expect(stacksOf('1.2', colours).map(({ id, distinction }) => [id, distinction])).toEqual([
      ['1.2', ''],
    ]);
  });

  it('without a place are one, but for files with several frames and what is shown inverted', () => {
    const placeless = (name: string, index = 0, inverted = false): Frame => {
      const { plane: _, ...rest } = frame([0, 0, 0], {}, name);
      return { ...rest, source: { ...source, path: name }, index, inverted };
    };
    const clips = ['a', 'b'].map((name) => {
      const [first, second] = [placeless(name), placeless(name, 1)];
      return [first, { ...second, source: first.source }];
    });
    const pictures = [placeless('c'), placeless('d'), placeless('e', 0, true)];
    const parts = stacksOf('1.2', [...clips.flat(), ...pictures]).map(
      ({ id, distinction, frames }) => [
        id,
        distinction,
        frames.map((f) => f.source.path).join(' '),
      ],
    );
    expect(parts).toEqual([
      ['1.2', 'image 1 of 4', 'a a'],
      ['1.2#2', 'image 2 of 4', 'b b'],
      ['1.2#3', 'image 3 of 4', 'c d'],
      ['1.2#4', 'image 4 of 4', 'e'],
    ]);
  });

  it('mosaics that nothing tells apart are a volume each', () => {
    const mosaic = (path: string): Frame[] => {
      const file = { ...source, path };
      return [0, 1, 2].map((k) => ({
        ...frame([0, 0, 3 * k], {}, path),
        source: file,
        tile: { across: k % 2, down: Math.floor(k / 2) },
      }));
    };
    const files = [mosaic('b'), mosaic('a')];
    const stacks = stacksOf('1.2', files.flat());
    expect(stacks.map((s) => [s.id, s.distinction, s.frames.map((f) => f.source.path)])).toEqual([
      ['1.2', 'image 1 of 2', ['a', 'a', 'a']],
      ['1.2#2', 'image 2 of 2', ['b', 'b', 'b']],
    ]);
    expect(stacks.map(({ grid }) => spacingOf(grid!)[2])).toEqual([3, 3]);
  });

  it('do not depend on the order of the files', () => {
    const frames = [...echoes, ...line([1, 3, 5]).map((f) => ({ ...f, rows: 9 }))];
    const shape = (input: readonly Frame[]): unknown =>
      stacksOf('1.2', input).map((s) => [
        s.id,
        s.distinction,
        s.frames.map((f) => f.sopInstanceUid),
      ]);
    const expected = shape(frames);
    fc.assert(
      fc.property(fc.shuffledSubarray(frames, { minLength: frames.length }), (shuffled) => {
        expect(shape(shuffled)).toEqual(expected);
      }),
    );
  });
});
