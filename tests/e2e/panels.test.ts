import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { pane } from './support/actions.ts';
import { inEachWindow, type App } from './support/app.ts';
import { askHost } from './support/ask-host.ts';

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

inEachWindow('room for the picture', (openApp) => {
  let app: App;
  let page: Page;

  beforeAll(async () => {
    app = await openApp();
    page = app.page;
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.getByText('Try the demo series').click();
    await pane(page).waitFor();
    await page.locator('.status').waitFor({ state: 'detached' });
  });
  afterAll(() => app.close());
  afterEach(() => expect(app.problems).toEqual([]));

  const left = (): Locator => page.getByRole('complementary', { name: 'Series and queue' });
  const right = (): Locator =>
    page.getByRole('complementary', { name: 'Labels, doubt and learning' });
  const strip = (): Locator => page.getByRole('region', { name: 'Doubt and decisions by slice' });
  const edge = (name: string): Locator => page.getByRole('separator', { name });
  const open = async (): Promise<boolean[]> =>
    Promise.all([left(), right(), strip()].map((panel) => panel.isVisible()));
  /** Opens the page anew once the host keeps the panels so. */
  async function reload(kept: object): Promise<void> {
    const panels = async () => (await askHost(app, 'settings.get', {})).panels;
    await expect.poll(panels).toMatchObject(kept);
    await page.reload();
    await pane(page).waitFor();
  }
  const boxOf = (target: Locator): Promise<Box> =>
    target.evaluate((element) => {
      const { left: l, top, right: r, bottom } = element.getBoundingClientRect();
      return { left: l, top, right: r, bottom };
    });
  const widthOf = async (target: Locator): Promise<number> => {
    const box = await boxOf(target);
    return box.right - box.left;
  };

  it('comes from panels that fold away one by one, and stay folded', async () => {
    expect(await open()).toEqual([true, true, true]);
    const before = await widthOf(pane(page));
    await page.keyboard.press('Alt+5');
    await page.getByRole('button', { name: 'Strip of slices' }).click();
    await expect.poll(open).toEqual([false, true, false]);
    expect(await widthOf(pane(page))).toBeGreaterThan(before);
    await reload({ folded: ['left', 'strip'] });
    await expect.poll(open).toEqual([false, true, false]);
    await page.keyboard.press('Alt+5');
    await page.keyboard.press('Alt+7');
    await expect.poll(open).toEqual([true, true, true]);
  });

  it('comes from all of them at once by Tab, for who points; Tab moves the focus of who works by keys', async () => {
    await pane(page).click();
    await page.keyboard.press('Tab');
    await expect.poll(open).toEqual([false, false, false]);
    await page.keyboard.press('Tab');
    await expect.poll(open).toEqual([true, true, true]);
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Tab');
    expect(await open()).toEqual([true, true, true]);
    const focused = await page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
    expect(focused).toMatch(/^Axial/);
  });

  it('goes to the panels whose edges are dragged, and is kept', async () => {
    const wide = await widthOf(left());
    const handle = await boxOf(edge('Width: Series and queue'));
    const [x, y] = [(handle.left + handle.right) / 2, (handle.top + handle.bottom) / 2];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 40, y, { steps: 4 });
    await page.mouse.up();
    await expect.poll(() => widthOf(left())).toBe(wide + 40);
    await edge('Width: Labels, doubt and learning').press('ArrowLeft');
    const labels = await widthOf(right());
    await reload({ left: wide + 40, right: labels });
    await expect.poll(() => widthOf(left())).toBe(wide + 40);
    expect(await widthOf(right())).toBe(labels);
    await edge('Width: Series and queue').dblclick();
    await expect.poll(() => widthOf(left())).toBe(wide);
  });

  it('is the whole window for the view that has the focus, until Escape', async () => {
    await pane(page, 'Coronal').click();
    await page.keyboard.press('Alt+4');
    const filling = { left: 0, top: 0, right: 1440, bottom: 900 };
    await expect.poll(() => boxOf(pane(page, 'Coronal'))).toEqual(filling);
    expect(await pane(page).count()).toBe(0);
    await page.keyboard.press('Escape');
    await expect.poll(open).toEqual([true, true, true]);
    expect(await pane(page).count()).toBe(1);
  });

  /** Things that are seen and read of which one lies on another, or beyond the window. */
  const misplaced = (): Promise<string[]> =>
    page.evaluate(`(() => {
      const seen = [...document.querySelectorAll('button, .title, .corner p, h2, .chip')].filter((e) =>
        e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
        e.getBoundingClientRect().width > 0 &&
        !e.closest('.v-overlay-container') && !e.classList.contains('unseen-text'));
      const name = (e) => (e.getAttribute('aria-label') || e.textContent || e.className).trim().slice(0, 40);
      // What a list or a drawer scrolls, or covers as a whole, is no fault.
      const isReachable = (e) => {
        const { left, top, right, bottom } = e.getBoundingClientRect();
        const at = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
        return at !== null;
      };
      const faults = [];
      const boxes = seen.filter((e) => !e.closest('ul, ol, aside, .options')).map((e) => [e, e.getBoundingClientRect()]);
      for (const [e, b] of boxes) {
        if (b.left < -0.5 || b.top < -0.5 || b.right > innerWidth + 0.5 || b.bottom > innerHeight + 0.5 || !isReachable(e))
          faults.push(name(e) + ' is cut');
        for (const [f, c] of boxes) {
          if (e === f || e.contains(f) || f.contains(e)) continue;
          const across = Math.min(b.right, c.right) - Math.max(b.left, c.left);
          const down = Math.min(b.bottom, c.bottom) - Math.max(b.top, c.top);
          if (across > 1 && down > 1 && name(e) < name(f)) faults.push(name(e) + ' lies on ' + name(f));
        }
      }
      return faults;
    })()`) as Promise<string[]>;

  it.each([
    [1440, 900],
    [960, 600],
    [720, 450],
  ])('has everything in its place at %i × %i', async (width, height) => {
    await page.setViewportSize({ width, height });
    for (const layout of ['Alt+1', 'Alt+2', 'Alt+3']) {
      await page.keyboard.press(layout);
      await expect.poll(misplaced).toEqual([]);
    }
  });

  it('has panels as drawers over the picture in a small window, one at a time', async () => {
    await page.setViewportSize({ width: 720, height: 450 });
    await expect.poll(open).toEqual([false, false, false]);
    const before = await boxOf(pane(page));
    await page.keyboard.press('Alt+6');
    await expect.poll(open).toEqual([false, true, false]);
    await page.keyboard.press('Alt+7');
    await expect.poll(open).toEqual([false, false, true]);
    expect(await boxOf(pane(page))).toEqual(before);
    await page.setViewportSize({ width: 1440, height: 900 });
    await expect.poll(open).toEqual([true, true, true]);
  });
});
