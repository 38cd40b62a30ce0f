import type { Page } from 'playwright-core';
import type { Noted } from './probe.ts';
import { sumOf, type Memory } from './processes.ts';

declare const noted: Noted;

/** What both benches of the window do and write. */

export const report = (what: string, figure: string, bar = ''): void =>
  console.log(`${what.padEnd(58)} ${figure.padStart(22)}${bar && `   bar: ${bar}`}`);
export const ms = (value: number): string => `${value.toFixed(value < 100 ? 1 : 0)} ms`;
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}
export const spread = (values: readonly number[]): string =>
  `${ms(quantile(values, 0.5))} / ${ms(quantile(values, 0.95))}`;

/** What was noted since the last time. */
export async function takeNoted(page: Page): Promise<Noted> {
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

export const longest = (values: readonly number[]): string => ms(Math.max(0, ...values));

/** How maps kept the page. */
export function streamReport({ frames, maps }: Noted): void {
  report('  script of a frame, p50 / p95', spread(frames.map(({ script }) => script)), '16 ms');
  report('  … longest', longest(frames.map(({ script }) => script)), '16 ms');
  report('  taking in of a map, p50 / p95', spread(maps.map(({ took }) => took)), '16 ms');
  report('  … longest', longest(maps.map(({ took }) => took)), '16 ms');
}

/** Slices of the view below the pointer, one after another. */
export async function scroll(page: Page): Promise<void> {
  await takeNoted(page);
  for (let n = 0; n < 60; n++) {
    await page.mouse.wheel(0, 100);
    await page.waitForTimeout(30);
  }
  const scrolled = answers(await takeNoted(page), 'wheel');
  report('slice scroll, p50 / p95: work', spread(scrolled.work));
  report('  … without the rasteriser', spread(scrolled.script));
  report('  … until it stands, waiting for frames', spread(scrolled.whole));
}

/** A stroke of 100 pieces. @param at from a fraction of the large view to the page. */
export async function paint(
  page: Page,
  at: (x: number, y: number) => [number, number],
): Promise<void> {
  await page.keyboard.press('b');
  await page.mouse.move(...at(0.3, 0.3));
  await page.mouse.down();
  await takeNoted(page);
  for (let n = 0; n < 100; n++) {
    await page.mouse.move(...at(0.3 + (n % 20) * 0.02, 0.3 + Math.floor(n / 20) * 0.06));
  }
  const painted = answers(await takeNoted(page), 'pointermove');
  await page.mouse.up();
  report('brush, input to pixels, p50 / p95: work', spread(painted.work), '16 ms (p95)');
  report('  … without the rasteriser', spread(painted.script));
  report('  … until it stands, waiting for frames', spread(painted.whole));
}

/** @param before on the start page. @param volume MB of the series. */
export function memoryReport(title: string, before: Memory, parts: Memory, volume: number): void {
  const beyond = sumOf(parts) - sumOf(before);
  report(
    `memory ${title}, beyond the start page`,
    `${beyond.toFixed(0)} MB = ${(beyond / volume).toFixed(2)} ×`,
    '3 × the volume',
  );
  for (const [kind, megabytes] of Object.entries(parts)) {
    report(
      `  ${kind}`,
      `${megabytes.toFixed(0)} MB`,
      before[kind] === undefined ? '' : `it began with ${before[kind].toFixed(0)} MB`,
    );
  }
}
