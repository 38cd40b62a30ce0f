/**
 * How many keys it takes from suggestions to a complete label map, slice by slice and all together:
 * npx tsx tests/bench/keys.ts [slices] [size]
 *
 * A phantom series is suggested, decided once by `Shift+A` on every slice and once by the dialog of many,
 * and what either gives is compared. The dialog of exports takes the same keys after both.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { writePhantomSeries } from '../../src/main/services/cases/phantom.ts';
import { addLabel, choosePaths, pane, setNumbers } from '../e2e/support/actions.ts';
import { startHost } from '../e2e/support/serve.ts';
import { SOFTWARE_WEBGL } from '../support/chromium.ts';

const [slices = 32, size = 128] = process.argv.slice(2).map(Number);
const LABELS = ['liver', 'left kidney'];
const place = mkdtempSync(join(tmpdir(), 'marginalia-keys-'));
const folder = join(place, 'series');
await writePhantomSeries(folder, { seed: 1_000_000, slices, size });
const host = await startHost({
  pages: 'out/renderer',
  roots: [folder],
  workspace: join(place, 'workspace'),
  port: 0,
});
const { executablePath, args } = SOFTWARE_WEBGL;
const browser = await chromium.launch({ executablePath, args: [...args] });
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
page.setDefaultTimeout(20_000);

let keys = 0;
async function press(key: string): Promise<void> {
  keys++;
  await page.keyboard.press(key);
}
const decided = async (page: Page): Promise<number> =>
  Number(/^\d+/.exec(await page.getByText(/^\d+ of \d+ slices decided/).innerText())![0]);
const volumes = (page: Page): Promise<string[]> =>
  page
    .getByRole('listitem')
    .getByText(/^[\d.]+ ml$/)
    .allInnerTexts();

try {
  await page.goto(host.url);
  await page.getByRole('button', { name: 'Open a folder' }).click();
  await choosePaths(page, [folder]);
  await pane(page).waitFor();
  for (const name of LABELS) await addLabel(page, name);
  await setNumbers(page, { samples: 2, learningSteps: 2 });
  // Each slice as it was suggested first, whatever is decided meanwhile.
  await page.keyboard.press('Shift+S');
  const stop = page.getByRole('button', { name: 'Stop', exact: true });
  await stop.waitFor();
  await stop.waitFor({ state: 'hidden', timeout: 30 * 60_000 });
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await pane(page).focus();

  keys = 0;
  while ((await decided(page)) < slices) {
    const before = await decided(page);
    const at = await pane(page).getAttribute('aria-label');
    await press('Shift+A');
    // While the queue is read again the next slice may be decided already: then the key goes on alone.
    await page.waitForFunction(
      ([n, slice]) =>
        Number(/(\d+) of \d+ slices decided/.exec(document.body.innerText)?.[1]) > n ||
        !document.querySelector(`[role=img][aria-label="${slice}"]`),
      [before, at] as const,
    );
  }
  console.log(
    `slice by slice: ${keys} keys for ${slices} slices; ${(await volumes(page)).join(', ')}`,
  );

  for (let n = 0; n < slices; n++) await page.keyboard.press('Control+z');
  await page.getByText(new RegExp(`^0 of ${slices} slices`)).waitFor({ timeout: 600_000 });
  keys = 0;
  await press('Control+Shift+A');
  const dialog = page.getByRole('dialog', { name: 'Accept many slices' });
  const accept = dialog.getByRole('button', { name: /^Accept \d+ slices$/, disabled: false });
  await accept.waitFor();
  while (!(await accept.evaluate((element) => element === document.activeElement))) {
    await press('Shift+Tab');
  }
  await press('Enter');
  await page.getByText(`${slices} of ${slices} slices decided`).waitFor();
  console.log(`together: ${keys} keys for ${slices} slices; ${(await volumes(page)).join(', ')}`);
} finally {
  await browser.close();
  await host.stop();
  rmSync(place, { recursive: true, force: true });
}
