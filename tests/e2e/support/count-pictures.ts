import type { Locator, Page } from 'playwright-core';
import { still } from './still.ts';

/**
 * Looks at a part of the viewer's canvas whenever the page has drawn, while something happens. In the page:
 * a browser that is busy does not show every picture, and whoever watches it from outside sees fewer yet.
 * @returns how many different pictures there were, the one before included.
 */
export async function countPictures(
  page: Page,
  target: Locator,
  during: () => Promise<void>,
): Promise<number> {
  const pictures = await page.evaluateHandle(
    ({ x, y, width, height }) => {
      const canvas = document.querySelector<HTMLCanvasElement>('.views > canvas')!;
      const { left, top, width: shown } = canvas.getBoundingClientRect();
      const scale = canvas.width / shown;
      const [w, h] = [Math.floor(width * scale), Math.floor(height * scale)];
      const part = new OffscreenCanvas(w, h).getContext('2d', { willReadFrequently: true })!;
      const seen = new Set<number>();
      const look = (): void => {
        part.drawImage(canvas, (x - left) * scale, (y - top) * scale, w, h, 0, 0, w, h);
        let hash = 0;
        for (const pixel of new Uint32Array(part.getImageData(0, 0, w, h).data.buffer))
          hash = (Math.imul(hash, 31) + pixel) | 0;
        seen.add(hash);
      };
      const { requestAnimationFrame } = window;
      look();
      window.requestAnimationFrame = (draw) =>
        requestAnimationFrame((time) => {
          draw(time);
          look();
        });
      return {
        end(): number {
          window.requestAnimationFrame = requestAnimationFrame;
          return seen.size;
        },
      };
    },
    (await target.boundingBox())!,
  );
  await during();
  // What the page has been told is drawn.
  await still(page);
  return pictures.evaluate((all) => all.end());
}
