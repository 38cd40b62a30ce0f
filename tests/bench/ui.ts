/**
 * How fast the workstation feels with a CT of 512 × 512 × 500: the real host as a process of its
 * own, the real page in Chromium, against the bars of the product: npm run bench:ui [folder]
 *
 * WebGL is drawn in software here; a graphics card takes over what is said to be the rasteriser's.
 * @param folder of the phantom series, to keep it for the next time.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';
import { writePhantomSeries } from '../../src/main/services/cases/phantom.ts';
import { SOFTWARE_WEBGL } from '../support/chromium.ts';
import { addLabel, choosePaths, setNumbers } from '../e2e/support/actions.ts';
import { describeMachine } from './machine.ts';
import { installProbe, type Noted } from './ui/probe.ts';
import { playMaps, REPLAY } from './ui/replay.ts';
import { memoryOfChildren, sumOf, watchMemory, type Memory } from './ui/processes.ts';

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

/** Starts a host. @returns where its page is, what it says next, and what ends it. */
async function startHost(
  args: readonly string[],
): Promise<{ url: string; next: () => Promise<string>; end: () => Promise<void> }> {
  const host = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface(host.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const line = await lines.next();
    if (line.done) throw new Error('The host ended too early.');
    return line.value;
  };
  const end = async (): Promise<void> => {
    if (host.exitCode === null && host.kill('SIGTERM')) await once(host, 'exit');
  };
  return { url: (await next()).replace(/^Open /, ''), next, end };
}

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

const report = (what: string, figure: string, bar = ''): void =>
  console.log(`${what.padEnd(58)} ${figure.padStart(22)}${bar && `   bar: ${bar}`}`);
const ms = (value: number): string => `${value.toFixed(value < 100 ? 1 : 0)} ms`;
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}
const spread = (values: readonly number[]): string =>
  `${ms(quantile(values, 0.5))} / ${ms(quantile(values, 0.95))}`;

/** What was noted since the last time. */
async function take(): Promise<Noted> {
  return page.evaluate(() => {
    const copy = structuredClone(noted);
    noted.inputs.length = noted.frames.length = noted.maps.length = 0;
    return copy;
  });
}

/** Of each input: the work for its pixels, the script's part of it, and the time until they stood. */
function answers(
  { inputs, frames }: Noted,
  type: string,
): { work: number[]; script: number[]; whole: number[] } {
  // A frame may come before the page can say that it is done with the input.
  const handled = (input: Noted['inputs'][number], frame: Noted['frames'][number]): number =>
    Math.min(input.handled, frame.from - input.at);
  const found = inputs
    .filter((input) => input.type === type)
    .flatMap((input) => {
      const frame = frames.find(({ from }) => from >= input.at);
      return frame ? [{ input, frame }] : [];
    });
  return {
    work: found.map(({ input, frame }) => handled(input, frame) + frame.pixels),
    script: found.map(({ input, frame }) => handled(input, frame) + frame.script),
    whole: found.map(({ input, frame }) => frame.from + frame.pixels - input.at),
  };
}

const longest = (values: readonly number[]): string => ms(Math.max(0, ...values));

/** How maps kept the page. */
function streamReport({ frames, maps }: Noted): void {
  report('  script of a frame, p50 / p95', spread(frames.map(({ script }) => script)), '16 ms');
  report('  … longest', longest(frames.map(({ script }) => script)), '16 ms');
  report('  taking in of a map, p50 / p95', spread(maps.map(({ took }) => took)), '16 ms');
  report('  … longest', longest(maps.map(({ took }) => took)), '16 ms');
}

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

  await take();
  for (let n = 0; n < 60; n++) {
    await page.mouse.wheel(0, 100);
    await page.waitForTimeout(30);
  }
  const scrolled = answers(await take(), 'wheel');
  report('slice scroll, p50 / p95: work', spread(scrolled.work));
  report('  … without the rasteriser', spread(scrolled.script));
  report('  … until it stands, waiting for frames', spread(scrolled.whole));

  await page.keyboard.press('b');
  await page.mouse.move(...at(0.3, 0.3));
  await page.mouse.down();
  await take();
  for (let n = 0; n < 100; n++) {
    await page.mouse.move(...at(0.3 + (n % 20) * 0.02, 0.3 + Math.floor(n / 20) * 0.06));
  }
  const painted = answers(await take(), 'pointermove');
  await page.mouse.up();
  report('brush, input to pixels, p50 / p95: work', spread(painted.work), '16 ms (p95)');
  report('  … without the rasteriser', spread(painted.script));
  report('  … until it stands, waiting for frames', spread(painted.whole));

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
  const table = (title: string, parts: Memory): void => {
    const beyond = sumOf(parts) - sumOf(before);
    report(
      `memory ${title}, beyond the start page`,
      `${beyond.toFixed(0)} MB = ${(beyond / VOLUME_MB).toFixed(2)} ×`,
      '3 × the volume',
    );
    for (const [kind, megabytes] of Object.entries(parts)) {
      report(
        `  ${kind}`,
        `${megabytes.toFixed(0)} MB`,
        before[kind] === undefined ? '' : `it began with ${before[kind].toFixed(0)} MB`,
      );
    }
  };
  table('before suggesting', atRest);
  table('at most', memory.peak());

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
