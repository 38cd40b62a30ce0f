import { PNG } from 'pngjs';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import type { SurfaceHarness } from '../pages/surface/page.ts';
import { onEachPage } from '../support/each-page.ts';
import type { OpenPage } from '../support/page.ts';

declare const harness: SurfaceHarness;

/** Pixels of a colour, and the middle of them; those of the small cube in the corner are left out. */
interface Patch {
  readonly count: number;
  readonly x: number;
  readonly y: number;
}

onEachPage('labels in 3-D', (openPage) => {
  let opened: OpenPage;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    opened = await openPage('surface');
    page = opened.page;
    page.on('pageerror', (error) => problems.push(String(error)));
  });
  afterAll(() => opened.close());
  beforeEach(() => start());

  const start = async (kinds: Parameters<SurfaceHarness['start']>[0] = {}): Promise<void> => {
    await page.evaluate((given) => {
      harness.start(given);
      harness.view!.setStyles([
        { value: 1, colour: '#ff0000', visible: true },
        { value: 2, colour: '#00ff00', visible: true },
      ]);
      harness.surfaces!.want([1, 2]);
    }, kinds);
    await made(2);
  };

  /** Waits until so many surfaces have been made. */
  const made = async (count: number): Promise<void> => {
    await page.waitForFunction((count) => harness.made.length >= count, count);
  };

  async function seen(): Promise<Record<'red' | 'green', Patch>> {
    await page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
    const { data, width } = PNG.sync.read(await page.locator('#host').screenshot());
    const patch = (channel: 0 | 1): Patch => {
      let [count, x, y] = [0, 0, 0];
      for (let at = 0; at < data.length; at += 4) {
        if (data[at + channel]! < 80 || data[at + 1 - channel]! > 0.6 * data[at + channel]!)
          continue;
        if (data[at + 2]! > 0.6 * data[at + channel]!) continue;
        count++;
        x += (at / 4) % width;
        y += Math.floor(at / 4 / width);
      }
      return { count, x: x / count, y: y / count };
    };
    return { red: patch(0), green: patch(1) };
  }

  it('are in their colours, the left of the patient on the right', async () => {
    const { red, green } = await seen();
    expect(red.count).toBeGreaterThan(2000);
    expect(green.count).toBeGreaterThan(2000);
    // Label 2 lies further to the patient's left (LPS: larger x).
    expect(green.x).toBeGreaterThan(red.x + 50);
    expect(await page.evaluate(() => harness.problems)).toEqual([]);
    expect(problems).toEqual([]);
  });

  it('turn: seen from behind, left is left', async () => {
    await page.evaluate(() => harness.view!.rotate(180, 0));
    const { red, green } = await seen();
    expect(green.x).toBeLessThan(red.x - 50);
    await page.evaluate(() => harness.view!.reset());
    const again = await seen();
    expect(again.green.x).toBeGreaterThan(again.red.x + 50);
  });

  it('come closer and move', async () => {
    const before = await seen();
    await page.evaluate(() => harness.view!.zoom(1.3));
    const closer = await seen();
    expect(closer.red.count).toBeGreaterThan(1.3 * before.red.count);
    await page.evaluate(() => harness.view!.pan(0, 40));
    const moved = await seen();
    expect(moved.red.y - closer.red.y).toBeGreaterThan(30);
    expect(moved.red.y - closer.red.y).toBeLessThan(50);
  });

  it('are hidden and coloured as the list of labels says', async () => {
    await page.evaluate(() =>
      harness.view!.setStyles([
        { value: 1, colour: '#00ff00', visible: true },
        { value: 2, colour: '#ff0000', visible: false },
      ]),
    );
    const { red, green } = await seen();
    expect(red.count).toBe(0);
    expect(green.count).toBeGreaterThan(2000);
  });

  it('of what is suggested are hatched: what lies behind is seen between the stripes', async () => {
    const solid = await seen();
    /** From the side on which the first lies before the second. */
    const fromTheSide = (): Promise<void> => page.evaluate(() => harness.view!.rotate(-115, 0));
    await fromTheSide();
    const hidden = await seen();
    await start({ 1: 'suggestion' });
    const hatched = await seen();
    expect(hatched.green.count).toBe(solid.green.count);
    expect(hatched.red.count).toBeGreaterThan(0.3 * solid.red.count);
    expect(hatched.red.count).toBeLessThan(0.8 * solid.red.count);
    await fromTheSide();
    const between = await seen();
    expect(between.red.count).toBeGreaterThan(0.3 * hidden.red.count);
    expect(between.green.count).toBeGreaterThan(hidden.green.count + 0.2 * hidden.red.count);
    await page.evaluate(() =>
      harness.view!.setStyles([{ value: 1, colour: '#ff0000', visible: true }], false),
    );
    expect((await seen()).red.count).toBe(0);
  });

  it('follow what is painted and what is taken away, and only that is made again', async () => {
    const before = await seen();
    await page.evaluate(() => harness.fill(1, [4, 14], [14, 26], [2, 6]));
    await made(3);
    const grown = await seen();
    expect(grown.red.count).toBeGreaterThan(before.red.count * 1.2);
    await page.evaluate(() => harness.fill(0, [26, 36], [14, 26], [6, 14]));
    await page.waitForFunction(() =>
      harness.made.some(([value, points]) => value === 2 && points === 0),
    );
    const { green } = await seen();
    expect(green.count).toBe(0);
    const told = await page.evaluate(() => harness.made.map(([value]) => value));
    expect(told.slice(0, 3)).toEqual([1, 2, 1]);
  });
});
