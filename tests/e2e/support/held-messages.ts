import type { Page } from 'playwright-core';
import { createGate, type Gate } from '../../support/gate.ts';

/**
 * A gate that the host's messages to a page have to pass, in their order. To be called before the page is
 * opened in the browser.
 */
export async function gateBefore(page: Page): Promise<Gate> {
  const gate = createGate();
  await page.routeWebSocket(/./, (socket) => {
    let last = Promise.resolve();
    socket.connectToServer().onMessage((message) => {
      last = last.then(gate.pass).then(() => socket.send(message));
    });
  });
  return gate;
}
