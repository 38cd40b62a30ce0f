import { createHash } from 'node:crypto';
import type { Locator, Page } from 'playwright-core';
import { PNG } from 'pngjs';

/**
 * Watches a part of the page as the browser shows it, picture by picture, while something happens.
 * @returns how many different pictures were seen.
 */
export async function countPictures(
  page: Page,
  target: Locator,
  during: () => Promise<void>,
): Promise<number> {
  const { x, y, width, height } = (await target.boundingBox())!;
  const seen = new Set<string>();
  const session = await page.context().newCDPSession(page);
  session.on('Page.screencastFrame', ({ data, sessionId }) => {
    const whole = PNG.sync.read(Buffer.from(data, 'base64'));
    const part = new PNG({ width: Math.floor(width), height: Math.floor(height) });
    PNG.bitblt(whole, part, Math.ceil(x), Math.ceil(y), part.width, part.height, 0, 0);
    seen.add(createHash('sha256').update(part.data).digest('hex'));
    void session.send('Page.screencastFrameAck', { sessionId }).catch(() => undefined);
  });
  await session.send('Page.startScreencast', { format: 'png' });
  await during();
  await session.send('Page.stopScreencast');
  await session.detach();
  return seen.size;
}
