import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { build, isBuilt } from '../../../bin/build.mjs';
import { startWebHost } from '../../../src/main/web/index.ts';
import { createFakeSession, type FakeOptions } from '../support/fake-session.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const PAGES = join(ROOT, 'out/renderer');

/** Something that serves the page. */
export interface Stage {
  readonly url: string;
  /** Lets a host that answers from memory say something. */
  readonly notice: ReturnType<typeof createFakeSession>['notice'];
  close(): Promise<void>;
}

/** Builds the page where it is older than its sources. */
async function requireBuilt(): Promise<void> {
  const problem = isBuilt() ? undefined : await build();
  if (problem !== undefined) throw new Error(problem);
}

/** The real page on a host that answers from memory. */
export async function fakeStage(options: FakeOptions): Promise<Stage> {
  await requireBuilt();
  const session = createFakeSession(options);
  const host = await startWebHost({ session, pages: PAGES, port: 0 });
  return { ...host, notice: session.notice };
}

/** `marginalia serve` on an empty workspace: real host, engine, model and workspace. */
export async function realStage(): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'marginalia-screens-'));
  const args = [
    join(ROOT, 'bin/marginalia.mjs'),
    'serve',
    '--no-open',
    '--port',
    '0',
    '--workspace',
    folder,
    '--pages',
    PAGES,
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.setEncoding('utf8');
  let said = '';
  while (!said.includes('\n')) said += String(await once(child.stdout, 'data'));
  return {
    notice: () => undefined,
    url: /http\S+/.exec(said)![0],
    async close() {
      const gone = once(child, 'exit');
      child.kill('SIGINT');
      await gone;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Chromium with WebGL in software. */
export const launch = (args: readonly string[] = []): Promise<Browser> =>
  chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--use-angle=swiftshader',
      '--enable-unsafe-swiftshader',
      '--ignore-gpu-blocklist',
      ...args,
    ],
  });

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
