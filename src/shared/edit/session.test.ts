import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Triple } from '../volume.ts';
import { openRules, triples, volumes } from './arbitraries.ts';
import {
  acceptSuggestion,
  applyEdit,
  ballStroke,
  clearSlice,
  copySlice,
  discStroke,
  emptyHistory,
  erase,
  fillHoles,
  floodRegion,
  grow,
  inRange,
  joinEdits,
  paint,
  polygonRegion,
  record,
  redo,
  removeIslands,
  shrink,
  smooth,
  touchedSlices,
  undo,
  type Edit,
  type EditRules,
  type Extent,
  type History,
  type LabelVolume,
  type Plane,
  type PlanePoint,
} from './index.ts';

/** Everything that any tool may want, drawn once for each step. */
interface Choice {
  readonly rules: EditRules;
  readonly plane: Plane;
  readonly extent: Extent;
  readonly from: number;
  readonly points: readonly PlanePoint[];
  readonly at: Triple;
  readonly mm: number;
  readonly map: Uint8Array;
  readonly decided: Uint8Array;
  readonly image: Int16Array;
}

const tools: Record<string, (volume: LabelVolume, choice: Choice) => Edit> = {
  brush: (v, c) => paint(v, disc(v, c), c.rules, 'Brush'),
  stroke: (v, c) => strokeInPieces(v, c),
  eraser: (v, c) => erase(v, disc(v, c), c.rules, 'Eraser'),
  clearer: (v, c) => erase(v, disc(v, c), c.rules, 'Eraser', 'clear'),
  ball: (v, c) => paint(v, ballStroke(v, [{ at: c.at }], c.mm), c.rules, 'Ball'),
  threshold: (v, c) => paint(v, inRange(v, disc(v, c), c.image, 0, 2), c.rules, 'Threshold'),
  polygon: (v, c) => paint(v, polygonRegion(v, c.plane, c.points), c.rules, 'Polygon'),
  flood: (v, c) =>
    paint(v, floodRegion(v, c.image, c.at, c.extent, { tolerance: 1 }), c.rules, 'Fill'),
  holes: (v, c) => fillHoles(v, c.extent, c.rules, 'Holes'),
  largest: (v, c) => removeIslands(v, c.extent, 'largest', c.rules, 'Islands'),
  islands: (v, c) => removeIslands(v, c.extent, { atLeast: c.mm }, c.rules, 'Islands'),
  smooth: (v, c) => smooth(v, c.extent, c.mm, c.rules, 'Smooth'),
  grow: (v, c) => grow(v, c.extent, c.mm, c.rules, 'Grow'),
  shrink: (v, c) => shrink(v, c.extent, c.mm, c.rules, 'Shrink'),
  copy: (v, c) => copySlice(v, c.from, c.plane, c.rules, 'Copy'),
  clear: (v, c) => clearSlice(v, c.plane, c.rules, 'Clear'),
  clearAll: (v, c) => clearSlice(v, c.plane, c.rules, 'Clear', 'clear'),
  suggestion: (v, c) =>
    acceptSuggestion(v, c.plane, c.map, c.rules, 'Accept', { replace: true, decided: c.decided }),
  lasso: (v, c) =>
    acceptSuggestion(v, c.plane, c.map, c.rules, 'Accept', {
      inside: polygonRegion(v, c.plane, c.points),
    }),
  // As a slice is accepted: several labels at once, each where another is not.
  slice: (v, c) =>
    joinEdits(
      'Accept slice',
      [1, 2]
        .filter((value) => !c.rules.locked.has(value))
        .map((value) => {
          const mask = c.map.map((is, n) => (is === 1 && c.decided[n] === value - 1 ? 1 : 0));
          return acceptSuggestion(v, c.plane, mask, { ...c.rules, value, overwrite: 'empty' }, '');
        }),
    ),
  // As slices are interpolated: in all of them at once, where nothing is.
  interpolation: (v, c) => {
    const [nx, ny, nz] = v.size;
    return joinEdits(
      'Interpolate',
      Array.from({ length: nz }, (_, index) => {
        const filled = Uint8Array.from(
          c.image.subarray(index * nx * ny, (index + 1) * nx * ny),
          (value) => (value > 0 ? 1 : 0),
        );
        return acceptSuggestion(
          v,
          { axis: 2, index },
          filled,
          { ...c.rules, overwrite: 'empty' },
          '',
        );
      }),
    );
  },
};

const disc = (v: LabelVolume, c: Choice): ReturnType<typeof discStroke> =>
  discStroke(
    v,
    c.plane,
    c.points.map((at) => ({ at })),
    c.mm,
  );

/** A stroke as it is painted live: piece by piece into the labels, then one edit of all. */
function strokeInPieces(volume: LabelVolume, { plane, points, mm, rules }: Choice): Edit {
  const live = { ...volume, data: volume.data.slice() };
  const pieces = points.slice(1).map((at, n) => {
    const piece = paint(live, discStroke(live, plane, [{ at: points[n]! }, { at }], mm), rules, '');
    applyEdit(live, piece);
    return piece;
  });
  return joinEdits('Stroke', pieces);
}

const coordinates = fc.double({ min: -1, max: 7, noNaN: true });

function choicesFor({ size, data }: LabelVolume): fc.Arbitrary<Choice> {
  const bits = fc.uint8Array({ min: 0, max: 1, minLength: data.length, maxLength: data.length });
  return fc.constantFrom<Plane['axis']>(0, 1, 2).chain((axis) => {
    const index = fc.nat(size[axis] - 1);
    const plane = index.map((n): Plane => ({ axis, index: n }));
    const ofPlane = bits.map((map) => map.slice(0, data.length / size[axis]));
    return fc.record({
      rules: openRules,
      plane,
      extent: fc.oneof(fc.constant<Extent>('volume'), plane),
      from: index,
      points: fc.array(fc.tuple(coordinates, coordinates), { minLength: 1, maxLength: 4 }),
      at: triples(fc.nat(6)),
      mm: fc.constantFrom(0, 0.8, 1.5, 2.5),
      map: ofPlane,
      decided: ofPlane,
      image: bits.map((map) => Int16Array.from(map, (v, n) => v * (n % 4))),
    });
  });
}

type Step = { readonly kind: 'undo' | 'redo' } | { readonly kind: string; readonly choice: Choice };

const sessions = volumes.chain((volume) =>
  fc.record({
    volume: fc.constant(volume),
    limit: fc.constantFrom(60, 300, Infinity),
    steps: fc.array(
      fc.oneof(
        {
          weight: 4,
          arbitrary: fc.record({
            kind: fc.constantFrom(...Object.keys(tools)),
            choice: choicesFor(volume),
          }),
        },
        { weight: 2, arbitrary: fc.record({ kind: fc.constant('undo' as const) }) },
        { weight: 1, arbitrary: fc.record({ kind: fc.constant('redo' as const) }) },
      ) as fc.Arbitrary<Step>,
      { minLength: 1, maxLength: 15 },
    ),
  }),
);

describe('a session of any edits, undone and redone', () => {
  it('leaves the labels as a model does that keeps a copy of every state', () => {
    fc.assert(
      fc.property(sessions, ({ volume, limit, steps }) => {
        const live = { ...volume, data: volume.data.slice() };
        let history: History = emptyHistory(limit);
        // The model: states on a line, with the present one somewhere among them.
        let states = [volume.data.slice()];
        let present = 0;
        for (const step of steps) {
          if ('choice' in step) {
            const edit = tools[step.kind]!(live, step.choice);
            applyEdit(live, edit);
            if (edit.starts.length > 0) {
              states = [...states.slice(0, present + 1), live.data.slice()];
              present++;
            }
            history = record(history, edit);
            // The model forgets as much as the history did; how much that is, is tested elsewhere.
            states = states.slice(present - history.done.length);
            present = history.done.length;
          } else {
            const moved = step.kind === 'undo' ? undo(history) : redo(history);
            const next = states[step.kind === 'undo' ? present - 1 : present + 1];
            expect(moved === undefined).toBe(next === undefined);
            if (moved === undefined) continue;
            applyEdit(live, moved.edit!);
            history = moved.history;
            present += step.kind === 'undo' ? -1 : 1;
          }
          expect(live.data).toEqual(states[present]);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps every locked label exactly, whatever the tool', () => {
    const cases = volumes.chain((volume) =>
      fc.record({ volume: fc.constant(volume), choice: choicesFor(volume) }),
    );
    for (const [name, tool] of Object.entries(tools)) {
      fc.assert(
        fc.property(cases, ({ volume, choice }) => {
          const { data } = volume;
          const live = { ...volume, data: data.slice() };
          const edit = tool(live, choice);
          expect(live.data, name).toEqual(data);
          applyEdit(live, edit);
          for (let n = 0; n < data.length; n++) {
            for (const label of choice.rules.locked) {
              if ((data[n] === label) !== (live.data[n] === label)) {
                expect.fail(`${name} changes voxel ${n} from ${data[n]} to ${live.data[n]}`);
              }
            }
          }
        }),
        { numRuns: 60 },
      );
    }
  });

  it('touches the slices only that an edit names', () => {
    const cases = volumes.chain((volume) =>
      fc.record({
        volume: fc.constant(volume),
        tool: fc.constantFrom(...Object.keys(tools)),
        choice: choicesFor(volume),
      }),
    );
    fc.assert(
      fc.property(cases, ({ volume, tool, choice }) => {
        const { data, size } = volume;
        const live = { ...volume, data: data.slice() };
        const edit = tools[tool]!(live, choice);
        applyEdit(live, edit);
        const pixels = size[0] * size[1];
        const changed = Array.from({ length: size[2] }, (_, k) => k).filter((k) =>
          data
            .subarray(k * pixels, (k + 1) * pixels)
            .some((v, n) => v !== live.data[k * pixels + n]),
        );
        expect(touchedSlices(edit, size)).toEqual(changed);
      }),
    );
  });
});
