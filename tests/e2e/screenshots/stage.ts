import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { requireBuilt } from '../../support/built.ts';
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
