import type { Page } from 'playwright-core';
import type { Noted } from './probe.ts';

declare const noted: Noted;

/** What is played: so many maps, at this pace. */
export const REPLAY = { maps: 200, perSecond: 10 } as const;

/**
 * Opens, at a replaying host, the series that was opened last, and has its maps played. Frames do not
 * wait for the device: a rasteriser in software would set the pace.
 */
export async function playMaps(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.getByRole('region', { name: 'Opened before' }).getByRole('button').first().click();
  await page.waitForFunction(() => noted.allUploaded > 0, undefined, { timeout: 300_000 });
  await page.waitForTimeout(2000);
  await page.evaluate(() => {
    noted.waits = false;
    noted.maps.length = noted.frames.length = 0;
  });
  await page.keyboard.press('Shift+S');
  await page.getByRole('button', { name: 'Stop', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Suggest series' }).waitFor({ timeout: 120_000 });
}
