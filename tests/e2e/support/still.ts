import type { Page } from 'playwright-core';

/** Waits until nothing on the page moves any more. */
export async function still(page: Page): Promise<void> {
  // As text: tsx names functions by a helper that the page does not have.
  await page.evaluate(`(async () => {
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    const moves = ({ effect, playState }) =>
      playState === 'running' && Number(effect?.getComputedTiming().endTime ?? Infinity) < 2000;
    for (let n = 0; n < 300 && document.getAnimations().some(moves); n++) await frame();
    await frame();
    await frame();
  })()`);
}
