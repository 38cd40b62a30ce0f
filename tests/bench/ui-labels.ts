/**
 * How fast the window stays, and what it takes, with three labels suggested on all slices of a CT of
 * 512 × 512 × 500, and in 3-D: npm run bench:labels [folder]
 *
 * Suggestions are drawn, not predicted: the page is what is measured. What WebGL draws in software is
 * left out where it says so. To compare with an earlier commit, copy tests/bench into a worktree of it and
 * run the same there, on the machine alone.
 * @param folder of the phantom series, to keep it for the next time.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';
import { writePhantomSeries } from '../../src/main/services/cases/phantom.ts';
import { addLabel, choosePaths } from '../e2e/support/actions.ts';
import { SOFTWARE_WEBGL } from '../support/chromium.ts';
import { describeMachine } from './machine.ts';
import { startHost } from './ui/hosts.ts';
import { memoryReport, ms, paint, report, scroll, streamReport, takeNoted } from './ui/measure.ts';
import { installProbe, type Noted } from './ui/probe.ts';
import { memoryOfChildren, watchMemory } from './ui/processes.ts';

declare const noted: Noted;

const SLICES = 500;
const LABELS = ['liver', 'spleen', 'left kidney'] as const;
const VOLUME_MB = (512 * 512 * SLICES * 2) / 1e6;

const place = mkdtempSync(join(tmpdir(), 'marginalia-bench-'));
const folder = resolve(process.argv[2] ?? join(place, 'ct'));
if (!existsSync(folder)) {
  console.log('Making the phantom …');
  await writePhantomSeries(folder, { seed: 1_000_000, slices: SLICES, size: 512 });
}
const host = await startHost([
  '--import',
  'tsx',
  join(import.meta.dirname, 'ui/drawn-host.ts'),
  join(place, 'workspace'),
  folder,
]);
const { executablePath, args } = SOFTWARE_WEBGL;
const browser = await chromium.launch({ executablePath, args: [...args] });
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
// What the compiler calls functions by, which it leaves out of what is sent to the page.
await page.addInitScript('globalThis.__name = (f) => f');
await page.addInitScript(installProbe, SLICES);

try {
  await page.goto(host.url);
  await page.getByRole('button', { name: 'Open a folder' }).waitFor();
  console.log(`${describeMachine()}\n`);
  const before = memoryOfChildren();
  const memory = watchMemory();
  await page.getByRole('button', { name: 'Open a folder' }).click();
  await choosePaths(page, [folder]);
  await page.waitForFunction(() => noted.allUploaded > 0, undefined, { timeout: 300_000 });
  for (const name of LABELS) await addLabel(page, name);
  const atRest = memoryOfChildren();

  /** Suggests all slices of all labels, without waiting for the device. */
  async function suggestAll(where: string): Promise<void> {
    await page.evaluate(() => (noted.waits = false));
    await takeNoted(page);
    await page.keyboard.press('Shift+S');
    await page.getByRole('button', { name: 'Stop', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Suggest series' }).waitFor({ timeout: 600_000 });
    const streamed = await takeNoted(page);
    await page.evaluate(() => (noted.waits = true));
    const lasted = streamed.maps.at(-1)!.at - streamed.maps[0]!.at;
    report(
      `maps a second as fast as they go, ${where}`,
      `${streamed.maps.length}: ${(((streamed.maps.length - 1) * 1000) / lasted).toFixed(1)}`,
      '10 a second',
    );
    streamReport(streamed);
  }
  const box = (await page.locator('.pane-0').boundingBox())!;
  const at = (x: number, y: number): [number, number] => [
    box.x + x * box.width,
    box.y + y * box.height,
  ];

  await suggestAll('three planes');
  await page.waitForTimeout(3000);
  await page.mouse.move(...at(0.5, 0.5));
  await scroll(page);
  await paint(page, at);
  await page.keyboard.press('Control+z');
  await page.waitForTimeout(2000);
  memoryReport('with three labels', before, memoryOfChildren(), VOLUME_MB);

  console.log('\nWith the 3-D view');
  const opened = performance.now();
  await page.keyboard.press('y');
  const surfaces = page.getByText('working …');
  // Before there was anything of suggestions in 3-D there is nothing to wait for.
  await surfaces.waitFor({ timeout: 20_000 }).catch(() => undefined);
  await surfaces.waitFor({ state: 'detached', timeout: 300_000 });
  report('until the surfaces of all suggestions stand', ms(performance.now() - opened));
  await suggestAll('and 3-D');
  await page.mouse.move(...at(0.2, 0.2));
  await scroll(page);
  memory.stop();
  memoryReport('before suggesting', before, atRest, VOLUME_MB);
  memoryReport('at most', before, memory.peak(), VOLUME_MB);
} finally {
  await browser.close();
  await host.end();
  rmSync(place, { recursive: true, force: true });
}
