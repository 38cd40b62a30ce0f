import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptySource as source } from '../../../tests/support/empty-source.ts';
import { stacksOf } from './stacks.ts';
import type { Frame, Stack } from './types.ts';

/** A frame 2 mm above the one at the place before. */
const frameAt = (place: number, name: string, more: Partial<Frame> = {}): Frame => ({
  source,
  index: 0,
  sopClassUid: '1.2.840.10008.5.1.4.1.1.4',
  sopInstanceUid: name,
  instanceNumber: 0,
  rows: 4,
  columns: 5,
  channels: 1,
  inverted: false,
  spacing: null,
  plane: { position: [0, 0, 2 * place], row: [1, 0, 0], column: [0, 1, 0] },
  pixelSpacing: [1, 1],
  slope: 1,
  intercept: 0,
  windows: [],
  tilt: 0,
  traits: {},
  ...more,
});

/** What a frame has, by its phase and place, from 0, and the number of places. */
type Way = (phase: number, place: number, places: number) => Partial<Frame>;

/** Frames of so many phases at so many places, named by both. */
const series = (phases: number, places: number, way: Way): Frame[] =>
  Array.from({ length: phases }, (_, phase) =>
    Array.from({ length: places }, (__, place) =>
      frameAt(place, `${phase}/${place}`, way(phase, place, places)),
    ),
  ).flat();

const traits = (values: Record<string, string>): Partial<Frame> => ({ traits: values });
/** So many seconds after 09:41, as DICOM writes it. */
const tm = (seconds: number): string => `0941${seconds.toFixed(2).padStart(5, '0')}`;

/** Ways in which headers tell phases apart. */
const WAYS: Readonly<Record<string, Way>> = {
  'echo time': (phase) => traits({ 'echo time': `${phase}` }),
  'acquisition time': (phase) => traits({ 'acquisition time': tm(5 * phase) }),
  'acquisition time of each slice': (phase, place) =>
    traits({ 'acquisition time': tm(6 * phase + place), 'content time': tm(place) }),
  'acquisition time, slice after slice': (phase, place) =>
    traits({ 'acquisition time': tm(place * 7 + phase) }),
  'acquisition time past midnight': (phase, place) =>
    traits({
      'acquisition time': phase === 0 ? `20260130235950.${place}` : `202601310000${9 + phase}`,
    }),
  'acquisition date and time': (phase) =>
    traits({
      'acquisition time': tm(0),
      'acquisition date and time': `20260131${tm(phase)}+0100`,
    }),
  'reference time': (phase) => traits({ 'reference time': `20260131${tm(phase)}` }),
  'content time': (phase) =>
    traits({ 'acquisition time': tm(0), 'content time': tm(phase / 2), 'trigger time': '0' }),
  'trigger time': (phase) => traits({ 'trigger time': `${40 * phase}` }),
  'trigger time of each slice': (phase, place) =>
    traits({ 'trigger time': `${1 + 40 * phase + place / 8}` }),
  'acquisition time and echo time': (phase) =>
    traits({ 'acquisition time': tm(phase >> 1), 'echo time': `${phase % 2}` }),
  'acquisition time and content time': (phase) =>
    traits({ 'acquisition time': tm(phase >> 1), 'content time': tm(phase % 2) }),
  'instance number': (phase, place, places) => ({ instanceNumber: 3 + phase * places + place }),
  'instance number, places interleaved': (phase, place, places) => ({
    instanceNumber: 100 * phase + (place % 2) * places + place,
  }),
  'frame number': (phase, place, places) => ({
    instanceNumber: 1,
    index: phase * places + place,
  }),
};

const namesOf = ({ frames }: Stack): string[] => frames.map((f) => f.sopInstanceUid);
const shapeOf = (stacks: readonly Stack[]): unknown =>
  stacks.map((stack) => [stack.id, stack.distinction, namesOf(stack)]);
const shuffled = (frames: Frame[]): fc.Arbitrary<Frame[]> =>
  fc.shuffledSubarray(frames, { minLength: frames.length });

describe('phases at the same positions', () => {
  it.each(Object.entries(WAYS))(
    'are a whole stack each, by %s, whatever the order of the files',
    (name, way) => {
      // At a single position no number runs through any; two attributes need an even count.
      const leastPlaces = name.includes('number') ? 2 : 1;
      const pairs = name.includes(' and ') && !name.includes('date') ? 2 : 1;
      const sizes = fc.tuple(
        fc.integer({ min: 1, max: 3 }).map((n) => n * pairs + (pairs === 1 ? 1 : 0)),
        fc.integer({ min: leastPlaces, max: 6 }),
      );
      const cases = sizes.chain(([phases, places]) =>
        fc.tuple(fc.constant(phases), fc.constant(places), shuffled(series(phases, places, way))),
      );
      fc.assert(
        fc.property(cases, ([phases, places, frames]) => {
          const stacks = stacksOf('1.2', frames);
          expect(stacks.map(namesOf).sort()).toEqual(
            series(phases, 1, way).map((_, phase) =>
              Array.from({ length: places }, (__, place) => `${phase}/${place}`),
            ),
          );
          expect(stacks.every(({ grid }) => grid !== undefined)).toBe(true);
          expect(new Set(stacks.map(({ distinction }) => distinction)).size).toBe(phases);
          expect(shapeOf(stacks)).toEqual(shapeOf(stacksOf('1.2', series(phases, places, way))));
        }),
        { numRuns: 30 },
      );
    },
  );

  it.each([
    ['acquisition time', 'acquired at 09:41:05'],
    ['acquisition time of each slice', 'acquired from 09:41:06 to 09:41:07'],
    ['acquisition time past midnight', 'acquired at 2026-01-31 00:00:10'],
    ['acquisition date and time', 'acquired at 09:41:01'],
    ['content time', 'content time 09:41:00.5'],
    ['trigger time', 'trigger time 40 ms'],
    ['trigger time of each slice', 'trigger time from 41 ms to 41.125 ms'],
    ['instance number', 'phase 2 of 2 by instance number'],
    ['frame number', 'phase 2 of 2 by frame number'],
  ])('say what parted them: %s', (name, text) => {
    const stacks = stacksOf('1.2', series(2, 2, WAYS[name]!));
    expect(stacks[1]!.distinction).toBe(text);
  });

  it('say all that parted them', () => {
    const by = (way: string): string[] =>
      stacksOf('1.2', series(4, 2, WAYS[way]!)).map(({ distinction }) => distinction);
    expect(by('acquisition time and content time')[3]).toBe(
      'acquired at 09:41:01, content time 09:41:01',
    );
    expect(by('acquisition time and echo time')).toContain('echo time 1, acquired at 09:41:01');
  });
});

describe('frames at the same positions stay together', () => {
  const together = (frames: readonly Frame[]): void => {
    const [stack, ...others] = stacksOf('1.2', frames);
    expect(others).toEqual([]);
    expect(stack!.distinction).toBe('');
    expect(stack!.verdicts.map(({ kind }) => kind)).toContain('duplicate');
  };

  it.each([
    'acquisition time',
    'acquisition time of each slice',
    'content time',
    'trigger time of each slice',
    'instance number',
    'frame number',
  ])('where a second acquisition was cut short: %s', (name) => {
    together(series(2, 6, WAYS[name]!).slice(0, 10));
  });

  it.each<[string, Way]>([
    ['all is the same', () => ({ instanceNumber: 1 })],
    [
      'copies have the same times and numbers',
      (_, place) => ({
        instanceNumber: place,
        traits: { 'acquisition time': tm(place), 'content time': tm(place), 'trigger time': '0' },
      }),
    ],
    [
      'numbers go through the phases of one place first',
      (phase, place) => ({
        instanceNumber: place * 10 + phase,
      }),
    ],
    [
      'numbers turn back',
      (phase, place, n) => ({
        instanceNumber: phase * n + (phase % 2 === 0 ? place : n - 1 - place),
      }),
    ],
    ['times are no times', (phase) => traits({ 'acquisition time': `${phase} o’clock` })],
    [
      'a time is missing',
      (phase, place) => traits({ 'content time': place === 1 && phase === 1 ? '' : tm(phase) }),
    ],
  ])('where %s', (_, way) => together(series(3, 4, way)));

  it('but not where a number of the acquisition parts the short one, as it always did', () => {
    const frames = series(2, 6, (phase) => traits({ acquisition: `${phase + 1}` })).slice(0, 10);
    expect(stacksOf('1.2', frames).map((s) => [s.id, s.distinction, s.frames.length])).toEqual([
      ['1.2', 'acquisition 1', 6],
      ['1.2#2', 'acquisition 2', 4],
    ]);
  });

  it('where numbers count what lies at a single position', () => {
    together(series(3, 1, (phase) => ({ instanceNumber: phase })));
  });
});

describe('ids of stacks', () => {
  it('stay what they were beside a stack that is now parted by time', () => {
    const stacks = stacksOf('1.2', [
      ...series(3, 4, WAYS['acquisition time']!),
      ...Array.from({ length: 5 }, (_, k) => frameAt(k, `large/${k}`, { rows: 9 })),
      ...Array.from({ length: 2 }, (_, k) => frameAt(k, `small/${k}`, { rows: 2 })),
    ]);
    expect(stacks.map((stack) => [stack.id, stack.distinction, namesOf(stack)[0]])).toEqual([
      ['1.2', '5 × 4, acquired at 09:41:00', '0/0'],
      ['1.2#4', '5 × 4, acquired at 09:41:05', '1/0'],
      ['1.2#5', '5 × 4, acquired at 09:41:10', '2/0'],
      ['1.2#2', '5 × 9', 'large/0'],
      ['1.2#3', '5 × 2', 'small/0'],
    ]);
  });

  it('stay what they are without times and numbers, of every stack that opens so', () => {
    const frame = fc
      .record({
        place: fc.integer({ min: 0, max: 3 }),
        rows: fc.constantFrom(4, 4, 9),
        echo: fc.constantFrom('', '1', '2'),
        trigger: fc.constantFrom('', '0', '40'),
        acquired: fc.constantFrom('', tm(1), tm(2), tm(3)),
        instanceNumber: fc.integer({ min: 0, max: 12 }),
      })
      .map(({ place, rows, echo, trigger, acquired, instanceNumber }) => ({
        ...frameAt(place, ''),
        rows,
        instanceNumber,
        traits: { 'echo time': echo, 'trigger time': trigger, 'acquisition time': acquired },
      }));
    const byId = (frames: readonly Frame[]): Map<string, Stack> =>
      new Map(stacksOf('1.2', frames).map((stack) => [stack.id, stack]));
    const opens = ({ verdicts }: Stack): boolean => verdicts.every((v) => v.severity !== 'error');
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1, maxLength: 14 }), (unnamed) => {
        const frames = unnamed.map((f, k) => ({ ...f, sopInstanceUid: String(k) }));
        const stacks = byId(frames);
        const plain = frames.map((f) => ({
          ...f,
          instanceNumber: 0,
          traits: { ...f.traits, 'acquisition time': '' },
        }));
        for (const [id, stack] of byId(plain)) {
          if (!opens(stack)) continue;
          expect(namesOf(stacks.get(id)!)).toEqual(namesOf(stack));
          expect(stacks.get(id)!.distinction).toBe(stack.distinction);
        }
      }),
    );
  });
});
