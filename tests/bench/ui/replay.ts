import type { Page } from 'playwright-core';
import type { Noted } from './probe.ts';

declare const noted: Noted;

/** What is played: so many maps, at this pace. */
export const REPLAY = { maps: 200, perSecond: 10 } as const;

/** Of the page's main thread, ms a map: scripts, styles and layout, and everything. */
export interface Spent {
  readonly script: number;
  readonly layout: number;
  readonly all: number;
}

/**
 * Opens, at a replaying host, the series that was opened last, and has its maps played. Frames do not
 * wait for the device: a rasteriser in software would set the pace.
 */
export async function playMaps(page: Page, url: string): Promise<Spent> {
  await page.goto(url);
  await page.getByRole('region', { name: 'Opened before' }).getByRole('button').first().click();
  await page.waitForFunction(() => noted.allUploaded > 0, undefined, { timeout: 300_000 });
  await page.waitForTimeout(2000);
  await page.evaluate(() => {
    noted.waits = false;
    noted.maps.length = noted.frames.length = 0;
  });
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const spent = async (): Promise<Spent> => {
    const { metrics } = await session.send('Performance.getMetrics');
    const of = (name: string): number => metrics.find((one) => one.name === name)?.value ?? NaN;
    return {
      script: of('ScriptDuration'),
      layout: of('LayoutDuration') + of('RecalcStyleDuration'),
      all: of('TaskDuration'),
    };
  };
  const before = await spent();
  await page.keyboard.press('Shift+S');
  await page.getByRole('button', { name: 'Stop', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Suggest series' }).waitFor({ timeout: 120_000 });
  const after = await spent();
  const perMap = (kind: keyof Spent): number => ((after[kind] - before[kind]) * 1000) / REPLAY.maps;
  return { script: perMap('script'), layout: perMap('layout'), all: perMap('all') };
}
