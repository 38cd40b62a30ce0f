/**
 * What looking and painting cost in the window, in Chromium with WebGL in software (a graphics card
 * is faster): npx tsx tests/bench/viewer.ts
 *
 * A volume of 512 × 512 × 120 int16 with labels, probability and doubt everywhere. Time is from the
 * input to the pixels: JavaScript, upload and drawing, until a pixel has been read back; waiting for
 * the screen's next frame is not counted.
 */
import { describeMachine } from './machine.ts';
import type { Harness } from '../pages/viewer/page.ts';
import { openPage } from '../support/page.ts';

declare const harness: Harness;

const { page, close } = await openPage('viewer');
await page.setViewportSize({ width: 1200, height: 800 });
const renderer = await page.evaluate(() => {
  const gl = document.createElement('canvas').getContext('webgl2')!;
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  return info ? String(gl.getParameter(info.UNMASKED_RENDERER_WEBGL)) : 'unknown device';
});
console.log(`${describeMachine()}\n${renderer}\n`);

const timings = await page.evaluate(() => harness.measure(harness));
for (const { what, median, p95 } of timings) {
  const worst = Number.isNaN(p95) ? '' : `, p95 ${p95.toFixed(1)} ms`;
  console.log(`${what}: ${median.toFixed(1)} ms${worst}`);
}
await close();
