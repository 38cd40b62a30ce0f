import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { openLine } from '../../web/browser.ts';
import { choosePaths } from './actions.ts';
import type { App, AppOptions } from './app.ts';
import { PATIENCE } from './patience.ts';
import { startHost, type Host } from './serve.ts';
import { sharedBrowser } from './shared-browser.ts';

/** The loopback host, and its page in Chromium. */
export async function openInBrowser({ folder, root, roots, open }: AppOptions): Promise<App> {
  const options = {
    pages: inject('pages'),
    roots: [root, ...roots],
    workspace: join(folder, 'workspace'),
  };
  let host: Host = await startHost({ ...options, port: 0, open });
  const port = Number(new URL(host.url).port);
  const browser = await sharedBrowser();
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error.stack ?? error)));
  // It is left while something is unsaved, as on purpose.
  page.on('dialog', (dialog) => void dialog.accept());
  const visit = async (where = page): Promise<void> => {
    await where.goto(host.url);
    await where.waitForURL((url) => url.search === '');
  };
  await visit();
  return {
    page,
    root,
    problems,
    visit,
    async exchange(call) {
      const { origin } = new URL(page.url());
      const cookies = await context.cookies(origin);
      const cookie = cookies.map((one) => `${one.name}=${one.value}`).join('; ');
      const line = await openLine(origin, { cookie, origin });
      line.say(call);
      const answer = await line.next((said) => 'request' in said && said.request === call.request);
      line.socket.close();
      return answer;
    },
    async choose(press, [first, ...more], meanwhile) {
      await press();
      await choosePaths(page, [first!, ...more], meanwhile);
    },
    async killEngine() {
      const children = readFileSync(`/proc/${host.pid}/task/${host.pid}/children`, 'utf8');
      const isEngine = (pid: string): boolean =>
        readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('engine');
      process.kill(Number(children.trim().split(' ').find(isEngine)), 'SIGKILL');
    },
    killHost: () => host.kill(),
    endHost: () => host.stop(),
    async startHost() {
      host = await startHost({ ...options, port });
    },
    async close() {
      await browser.close();
      await host.stop();
    },
  };
}
