import fc from 'fast-check';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Case, SuggestionsHarness } from '../pages/suggestions/page.ts';
import { onEachPage } from '../support/each-page.ts';
import { LONG } from '../support/long.ts';
import type { OpenPage } from '../support/page.ts';

declare const harness: SuggestionsHarness;

const SIZE = 16;
const SLICES = 3;
const PIXELS = SIZE * SIZE;
const SLICE = 1;

/** Probabilities in boxes of a slice, over an even ground: some overlap, some meet at ½. */
const probabilities = fc
  .record({
    ground: fc.constantFrom(0, 100, 127, 128),
    boxes: fc.array(
      fc.record({
        from: fc.tuple(fc.nat(SIZE - 1), fc.nat(SIZE - 1)),
        size: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })),
        value: fc.constantFrom(0, 127, 128, 180, 200, 255),
      }),
      { maxLength: 4 },
    ),
  })
  .map(({ ground, boxes }) => {
    const map = new Array<number>(PIXELS).fill(ground);
    for (const { from, size, value } of boxes) {
      for (let v = from[1]; v < Math.min(SIZE, from[1] + size[1]); v++)
        map.fill(value, SIZE * v + from[0], SIZE * v + Math.min(SIZE, from[0] + size[0]));
    }
    return map;
  });
const label = fc.record({
  visible: fc.boolean(),
  locked: fc.boolean(),
  suggested: fc.array(fc.option(probabilities, { nil: null, freq: 4 }), {
    minLength: SLICES,
    maxLength: SLICES,
  }),
});
const oneCase: fc.Arbitrary<Case> = fc.record({
  labels: fc.array(label, { minLength: 3, maxLength: 3 }),
  painted: fc
    .array(fc.constantFrom(0, 0, 0, 0, 0, 1, 2, 3), {
      minLength: 8 * SLICES,
      maxLength: 8 * SLICES,
    })
    // In stripes, so that there is something below and beside every suggestion.
    .map((stripes) =>
      Array.from({ length: PIXELS * SLICES }, (_, n) => stripes[Math.floor(n / (PIXELS / 8))]!),
    ),
  chosen: fc.nat(2),
  solo: fc.boolean(),
});

/** Probabilities that suggest the columns from one to another, both included. */
const columns = (first: number, last: number): number[] =>
  Array.from({ length: PIXELS }, (_, n) => (n % SIZE >= first && n % SIZE <= last ? 200 : 0));
const where = (probability: readonly number[], value: number): number[] =>
  probability.map((p) => (p >= 128 ? value : 0));
const caseOf = (...suggested: readonly (readonly number[] | null)[]): Case => ({
  labels: [1, 2, 3].map((value) => ({
    visible: true,
    locked: false,
    suggested: [null, suggested[value - 1] ?? null, null],
  })),
  painted: new Array<number>(PIXELS * SLICES).fill(0),
  chosen: 0,
  solo: false,
});

onEachPage('what is seen of suggestions', (openPage) => {
  let opened: OpenPage;
  let page: Page;

  beforeAll(async () => {
    opened = await openPage('suggestions');
    page = opened.page;
  });
  afterAll(() => opened.close());

  const start = async (one: Case): Promise<void> => {
    await page.evaluate((given) => harness.start(given), one);
    await page.evaluate((k) => harness.goTo([8, 8, k]), SLICE);
  };
  const seen = (): Promise<number[]> => page.evaluate(() => harness.axial());
  const drawn = (): Promise<void> => page.evaluate(() => harness.drawn());

  it('is what accepting makes labels, in every plane, pixel by pixel', async () => {
    await fc.assert(
      fc.asyncProperty(oneCase, async (one) => {
        await start(one);
        const before = await seen();
        const shown = await page.evaluate(() => harness.shownValues());
        const { slices, across } = await page.evaluate(
          async ({ count, here }) => {
            const slices: number[][] = [];
            for (let k = 0; k < count; k++) {
              await harness.goTo([8, 8, k]);
              slices.push(harness.axial());
            }
            await harness.goTo([8, 8, here]);
            return { slices, across: [harness.across('sagittal'), harness.across('coronal')] };
          },
          { count: SLICES, here: SLICE },
        );
        // The planes across show what the slices show.
        slices.forEach((slice, k) => {
          const [sagittal, coronal] = across.map((all) => all.slice(k * SIZE, (k + 1) * SIZE));
          expect(sagittal).toEqual(slice.filter((_, n) => n % SIZE === 8));
          expect(coronal).toEqual(slice.slice(8 * SIZE, 9 * SIZE));
        });
        await page.evaluate(() => harness.press('a'));
        await drawn();
        const painted = one.painted.slice(SLICE * PIXELS, (SLICE + 1) * PIXELS);
        const [labels, kept] = await page.evaluate((k) => harness.labels(k), SLICE);
        const visible = (value: number): number => (shown.includes(value) ? value : 0);
        expect(kept).toEqual(labels);
        expect(labels.map(visible)).toEqual(before);
        // Nothing that had a label has another one, and nothing became a label that is not shown.
        labels.forEach((value, n) => {
          if (painted[n] !== 0 || !shown.includes(value)) expect(value).toBe(painted[n]);
        });
        for (const k of [0, 2]) {
          const [others] = await page.evaluate((slice) => harness.labels(slice), k);
          expect(others).toEqual(one.painted.slice(k * PIXELS, (k + 1) * PIXELS));
        }
        // Accepting changes nothing of the picture but its hatching.
        expect(await seen()).toEqual(before);
      }),
      { numRuns: LONG ? 400 : 25 },
    );
  });

  it('is accepted as it was when the key was pressed, whatever comes after', async () => {
    const [first, refined, later] = [columns(2, 6), columns(2, 9), columns(8, 14)];
    for (const final of [false, true]) {
      await start(caseOf());
      await page.evaluate(() => harness.run());
      await page.evaluate((p) => harness.frame(1, 1, p, false), first);
      await drawn();
      expect(await seen()).toEqual(where(first, 1));
      // Held back until the key is pressed, and then faster than the host's answer.
      await page.evaluate(
        ({ refined, later, final }) => {
          harness.hold();
          harness.press('a');
          harness.frame(1, 1, refined, final);
          harness.frame(2, 1, later, true);
          harness.release();
        },
        { refined, later, final },
      );
      await drawn();
      const [labels, kept] = await page.evaluate((k) => harness.labels(k), SLICE);
      expect(labels).toEqual(where(first, 1));
      expect(kept).toEqual(labels);
      // What came for the label that was decided is not drawn; the other was not decided, and is.
      const other = where(later, 2);
      expect(await seen()).toEqual(labels.map((value, n) => value || other[n]!));
    }
  });

  it('blinks between before and now; accepting takes what is now', async () => {
    const [before, now] = [columns(2, 6), columns(4, 9)];
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await start(caseOf(before, columns(12, 14)));
    await page.evaluate((p) => harness.follow(1, 1, p), now);
    const others = where(columns(12, 14), 2);
    const both = (probability: readonly number[]): number[] =>
      where(probability, 1).map((value, n) => value || others[n]!);
    expect(await seen()).toEqual(both(now));
    const blink = async (): Promise<unknown> => {
      await page.evaluate(() => harness.press('O', { shiftKey: true }));
      await drawn();
      return page.evaluate(() => harness.blink());
    };
    expect(await blink()).toBe('before');
    expect(await seen()).toEqual(both(before));
    expect(await page.evaluate(() => harness.across('coronal'))).toEqual([
      ...new Array<number>(SIZE).fill(0),
      ...both(before).slice(8 * SIZE, 9 * SIZE),
      ...new Array<number>(SIZE).fill(0),
    ]);
    expect(await blink()).toBe(null);
    expect(await seen()).toEqual(both(now));
    expect(await blink()).toBe('before');
    await page.evaluate(() => harness.press('a'));
    expect(await page.evaluate(() => harness.blink())).toBe(null);
    await drawn();
    expect((await page.evaluate((k) => harness.labels(k), SLICE))[1]).toEqual(both(now));
  });
});
