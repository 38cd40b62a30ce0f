import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, vi } from 'vitest';
import { requireBuilt } from '../support/built.ts';
import { PATIENT } from '../support/patient.ts';
import { createElectron, type ElectronDouble } from './electron-double.ts';

beforeAll(requireBuilt, 300_000);

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

export interface Desktop {
  readonly electron: ElectronDouble;
  readonly folder: string;
  readonly window: ElectronDouble['windows'][number];
}

/** The built application in the double of Electron, over a new workspace, with its window open. */
export async function openDesktop(
  args: readonly string[] = [],
  switches: readonly string[] = [],
): Promise<Desktop> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'marginalia-desktop-')));
  folders.push(folder);
  process.env['MARGINALIA_WORKSPACE'] = join(folder, 'workspace');
  const electron = createElectron();
  await electron.start(args, switches);
  electron.ready();
  await vi.waitFor(() => {
    if (electron.windows.length === 0) throw new Error(electron.log.errors.join() || 'no window');
  }, PATIENT);
  return { electron, folder, window: electron.windows[0]! };
}

/** Quits as the user does. Resolves when the application has ended. */
export async function quit({ electron }: Desktop): Promise<void> {
  const ended = new Promise<void>((resolve) => electron.app.once('quit', resolve));
  electron.app.quit();
  await ended;
}
