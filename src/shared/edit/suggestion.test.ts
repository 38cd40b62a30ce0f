import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sliceAlong } from '../geometry/index.ts';
import { openRules, planesOf, volumes } from './arbitraries.ts';
import {
  acceptSuggestion,
  applyEdit,
  clearSlice,
  copySlice,
  polygonRegion,
  type Edit,
  type EditRules,
  type LabelVolume,
  type Plane,
  type PlanePoint,
} from './index.ts';

const maps = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ min: 0, max: 1, minLength: length, maxLength: length });

const pixelsIn = (volume: LabelVolume, { axis }: Plane): number =>
  volume.data.length / volume.size[axis];

const cases = volumes.chain((volume) =>
  planesOf(volume).chain((plane) =>
    fc.record({
      volume: fc.constant(volume),
      plane: fc.constant(plane),
      rules: openRules,
      suggestion: maps(pixelsIn(volume, plane)),
      decided: maps(pixelsIn(volume, plane)),
      replace: fc.boolean(),
      other: fc.nat(volume.size[plane.axis] - 1),
    }),
  ),
);

const pixelsOf = ({ data, size }: LabelVolume, { axis, index }: Plane): number[] => [
  ...sliceAlong(data, size, axis, index).pixels,
];

/** The slice after an edit; every other slice is checked to be as it was. */
function sliceAfter(volume: LabelVolume, plane: Plane, edit: Edit): number[] {
  const copy = { ...volume, data: volume.data.slice() };
  applyEdit(copy, edit);
  for (let index = 0; index < volume.size[plane.axis]; index++) {
    if (index === plane.index) continue;
    expect(pixelsOf(copy, { ...plane, index })).toEqual(pixelsOf(volume, { ...plane, index }));
  }
  return pixelsOf(copy, plane);
}

/** What becomes of one pixel, by the rules in words. */
function expected(label: number, wanted: boolean, replace: boolean, rules: EditRules): number {
  const { value, locked, overwrite } = rules;
  if (wanted) {
    if (locked.has(label)) return label;
    return label === 0 || overwrite === 'unlocked' ? value : label;
  }
  return replace && label === value && !locked.has(0) ? 0 : label;
}

describe('accepting a suggestion', () => {
  it('paints what is suggested by the rules, and leaves what a human has decided', () => {
    fc.assert(
      fc.property(cases, ({ volume, plane, rules, suggestion, decided, replace }) => {
        const options = { replace, decided };
        const edit = acceptSuggestion(volume, plane, suggestion, rules, 'Accept', options);
        const wanted = pixelsOf(volume, plane).map((label, n) =>
          decided[n] ? label : expected(label, suggestion[n] === 1, replace, rules),
        );
        expect(sliceAfter(volume, plane, edit)).toEqual(wanted);
      }),
    );
  });

  it('inside a lasso takes it there, and leaves the rest', () => {
    const points = fc.array(
      fc.tuple(
        fc.double({ min: -2, max: 8, noNaN: true }),
        fc.double({ min: -2, max: 8, noNaN: true }),
      ),
      { minLength: 3, maxLength: 6 },
    );
    fc.assert(
      fc.property(
        cases,
        points,
        ({ volume, plane, rules, suggestion, replace }, lasso: PlanePoint[]) => {
          const whole = acceptSuggestion(volume, plane, suggestion, rules, '', { replace });
          const inside = polygonRegion(volume, plane, lasso);
          const part = acceptSuggestion(volume, plane, suggestion, rules, '', { replace, inside });
          // Which pixels the lasso holds, found by taking everything in an empty volume.
          const empty = { ...volume, data: new Uint8Array(volume.data.length) };
          const all = new Uint8Array(suggestion.length).fill(1);
          const paintRules: EditRules = { value: 1, locked: new Set(), overwrite: 'unlocked' };
          const held = sliceAfter(
            empty,
            plane,
            acceptSuggestion(empty, plane, all, paintRules, '', { inside }),
          );
          const [before, after] = [pixelsOf(volume, plane), sliceAfter(volume, plane, whole)];
          expect(sliceAfter(volume, plane, part)).toEqual(
            before.map((v, n) => (held[n] ? after[n] : v)),
          );
        },
      ),
    );
  });

  it('refuses maps of another size', () => {
    const volume: LabelVolume = { size: [3, 2, 1], spacing: [1, 1, 1], data: new Uint8Array(6) };
    const paintRules: EditRules = { value: 1, locked: new Set(), overwrite: 'unlocked' };
    const accept = (length: number, decided = 6): Edit =>
      acceptSuggestion(volume, { axis: 2, index: 0 }, new Uint8Array(length), paintRules, '', {
        decided: new Uint8Array(decided),
      });
    expect(() => accept(5)).toThrow(RangeError);
    expect(() => accept(6, 7)).toThrow(RangeError);
    expect(accept(6).starts).toHaveLength(0);
  });

  it('refuses a region of another slice', () => {
    const volume: LabelVolume = { size: [2, 2, 2], spacing: [1, 1, 1], data: new Uint8Array(8) };
    const paintRules: EditRules = { value: 1, locked: new Set(), overwrite: 'unlocked' };
    const inside = polygonRegion(volume, { axis: 2, index: 1 }, [
      [-1, -1],
      [3, -1],
      [3, 3],
      [-1, 3],
    ]);
    const all = new Uint8Array(4).fill(1);
    expect(() =>
      acceptSuggestion(volume, { axis: 2, index: 0 }, all, paintRules, '', { inside }),
    ).toThrow(RangeError);
  });
});

describe('copying a slice', () => {
  it('gives the label as the other slice has it, by the rules', () => {
    fc.assert(
      fc.property(cases, ({ volume, plane, rules, other }) => {
        const source = pixelsOf(volume, { ...plane, index: other });
        const wanted = pixelsOf(volume, plane).map((label, n) =>
          expected(label, source[n] === rules.value, true, rules),
        );
        const edit = copySlice(volume, other, plane, rules, 'Copy');
        expect(sliceAfter(volume, plane, edit)).toEqual(wanted);
      }),
    );
  });

  it('from beyond the volume is refused', () => {
    const volume: LabelVolume = { size: [2, 2, 2], spacing: [1, 1, 1], data: new Uint8Array(8) };
    const paintRules: EditRules = { value: 1, locked: new Set(), overwrite: 'unlocked' };
    expect(() => copySlice(volume, 2, { axis: 2, index: 1 }, paintRules, 'Copy')).toThrow(
      expect.objectContaining({ code: 'no-such-slice' }),
    );
  });
});

describe('clearing a slice', () => {
  it('takes the label, or every label that is not locked', () => {
    fc.assert(
      fc.property(cases, ({ volume, plane, rules }) => {
        const before = pixelsOf(volume, plane);
        const keepsAll = rules.locked.has(0);
        const erased = clearSlice(volume, plane, rules, 'Clear');
        expect(sliceAfter(volume, plane, erased)).toEqual(
          before.map((label) => (label === rules.value && !keepsAll ? 0 : label)),
        );
        const cleared = clearSlice(volume, plane, rules, 'Clear', 'clear');
        expect(sliceAfter(volume, plane, cleared)).toEqual(
          before.map((label) => (rules.locked.has(label) || keepsAll ? label : 0)),
        );
      }),
    );
  });
});
