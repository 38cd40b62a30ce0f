/**
 * How fast the workstation feels with a CT of 512 × 512 × 500: the real host as a process of its
 * own, the real page in Chromium, against the bars of the product: npm run bench:ui [folder]
 *
 * WebGL is drawn in software here; a graphics card takes over what is said to be the rasteriser's.
 * @param folder of the phantom series, to keep it for the next time.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';
import { writePhantomSeries } from '../../src/main/services/cases/phantom.ts';
import { SOFTWARE_WEBGL } from '../support/chromium.ts';
import { addLabel, choosePaths, setNumbers } from '../e2e/support/actions.ts';
import { describeMachine } from './machine.ts';
import { startHost } from './ui/hosts.ts';
import {
  longest,
  memoryReport,
  ms,
  paint,
  report,
  scroll,
  streamReport,
  takeNoted,
} from './ui/measure.ts';
import { installProbe, type Noted } from './ui/probe.ts';
import { timeOfDcm2niix } from './ui/peer.ts';
import { playMaps, REPLAY } from './ui/replay.ts';
import { memoryOfChildren, watchMemory } from './ui/processes.ts';

declare const noted: Noted;

const SLICES = 500;
const VOLUME_MB = (512 * 512 * SLICES * 2) / 1e6;
/** How long suggestions are watched. */
const STREAM_MS = 30_000;

const root = resolve(import.meta.dirname, '../..');
const place = mkdtempSync(join(tmpdir(), 'marginalia-bench-'));
const folder = resolve(process.argv[2] ?? join(place, 'ct'));
if (!existsSync(folder)) {
  console.log('Making the phantom …');
  await writePhantomSeries(folder, { seed: 1_000_000, slices: SLICES, size: 512 });
}

const workspace = join(place, 'workspace');

const host = await startHost([
  join(root, 'out/main/cli.js'),
  'serve',
  '--port',
  '0',
  '--root',
  folder,
  '--workspace',
  workspace,
]);
let replaying: typeof host | undefined;
const { executablePath, args } = SOFTWARE_WEBGL;
const browser = await chromium.launch({ executablePath, args: [...args] });
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
// What the compiler calls functions by, which it leaves out of what is sent to the page.
await page.addInitScript('globalThis.__name = (f) => f');
await page.addInitScript(installProbe, SLICES);

const take = (): Promise<Noted> => takeNoted(page);

try {
  await page.goto(host.url);
  await page.getByRole('button', { name: 'Open a folder' }).waitFor();
  const renderer = await page.evaluate(() => {
    const gl = document.createElement('canvas').getContext('webgl2')!;
    const info = gl.getExtension('WEBGL_debug_renderer_info');
    return info ? String(gl.getParameter(info.UNMASKED_RENDERER_WEBGL)) : 'unknown device';
  });
  console.log(`${describeMachine()}\n${renderer}\n`);
  const before = memoryOfChildren();
  const memory = watchMemory();

  await page.getByRole('button', { name: 'Open a folder' }).click();
  await choosePaths(page, [folder]);
  await page.waitForFunction(() => noted.allUploaded > 0, undefined, { timeout: 300_000 });
  const opened = await take();
  report(
    'first picture after choosing the series',
    ms(opened.firstPicture - opened.asked),
    '500 ms',
  );
  report('whole volume, on the screen', ms(opened.allUploaded - opened.asked), '3000 ms');
  const peer = timeOfDcm2niix(folder, place);
  if (peer !== undefined) {
    const times = (took: number): string => `${(took / peer).toFixed(2)} ×`;
    report('dcm2niix, reading and writing the series', ms(peer));
    report('  … first picture', times(opened.firstPicture - opened.asked), '0.3 ×');
    report('  … whole volume, on the screen', times(opened.allUploaded - opened.asked), '1.5 ×');
  }
  report(
    'longest frame meanwhile: script / with rasteriser',
    `${ms(Math.max(...opened.frames.map(({ script }) => script)))} / ${ms(Math.max(...opened.frames.map(({ pixels }) => pixels)))}`,
  );

  const box = (await page.locator('.pane-0').boundingBox())!;
  const at = (x: number, y: number): [number, number] => [
    box.x + x * box.width,
    box.y + y * box.height,
  ];
  await addLabel(page, 'liver');
  await page.mouse.move(...at(0.5, 0.5));
  await page.waitForTimeout(500);

  await scroll(page);
  await paint(page, at);

  await page.waitForTimeout(1000);
  await take();
  await page.keyboard.press('Control+z');
  await page.waitForTimeout(1500);
  const { inputs, frames } = await take();
  const key = inputs.filter(({ type }) => type === 'keydown').at(-1)!;
  const undone = frames.find(({ from, labels }) => labels && from >= key.at);
  report(
    'undo of a stroke of 100 pieces',
    undone ? ms(undone.from + undone.pixels - key.at) : 'not seen',
    '30 ms',
  );
  report(
    '  … without the rasteriser',
    undone ? ms(undone.from + undone.script - key.at) : 'not seen',
  );
  const atRest = memoryOfChildren();

  await take();
  await page.keyboard.press('Shift+S');
  await page.waitForTimeout(STREAM_MS);
  const streamed = await take();
  report(
    'maps that came while suggesting',
    `${((streamed.maps.length * 1000) / STREAM_MS).toFixed(1)} a second`,
    '10 a second',
  );
  streamReport(streamed);
  report(
    '  longest frame with the rasteriser',
    longest(streamed.frames.map(({ pixels }) => pixels)),
  );

  memory.stop();
  memoryReport('before suggesting', before, atRest, VOLUME_MB);
  memoryReport('at most', before, memory.peak(), VOLUME_MB);

  // What this machine's engine is too slow for, with maps that it gave: several, of few samples.
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await setNumbers(page, { samples: 4, learningSteps: 2 });
  await page.keyboard.press('Shift+S');
  await page.getByText(/^Suggested (?:[6-9]|\d\d+) of /).waitFor({ timeout: 300_000 });
  await host.end();
  replaying = await startHost([
    '--import',
    'tsx',
    join(import.meta.dirname, 'ui/replay-host.ts'),
    workspace,
    folder,
  ]);
  const spent = await playMaps(page, replaying.url);
  const played = await take();
  const lasted = played.maps.at(-1)!.at - played.maps[0]!.at;
  console.log(`\nReplay of maps of the engine, as the workspace kept them, without the rasteriser`);
  report('maps that the host sent', await replaying.next());
  report(
    `maps that came, of ${REPLAY.maps}`,
    `${played.maps.length}: ${(((played.maps.length - 1) * 1000) / lasted).toFixed(1)} a second`,
    '10 a second',
  );
  streamReport(played);
  report(
    "page's thread a map: script, layout, all",
    `${ms(spent.script)}, ${ms(spent.layout)}, ${ms(spent.all)}`,
  );
} finally {
  await browser.close();
  await host.end();
  await replaying?.end();
  rmSync(place, { recursive: true, force: true });
}
