import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { electronExecutable, electronFolder, windowProblem } from '../../src/cli/electron.ts';
import { build, isBuilt } from '../../bin/build.mjs';
import { addLabel, pane, place, stroke, undoName } from './support/actions.ts';

const folder = electronFolder();
const executable = folder === undefined ? undefined : electronExecutable(folder);

const missing =
  executable === undefined
    ? "needs Electron's executable, which `npm start` fetches"
    : windowProblem();
const suite = `the window of Electron${missing ? ` (skipped: ${missing})` : ''}`;

/** The same workstation in its own window: what only a real Electron can show. */
describe.skipIf(missing !== undefined)(suite, { timeout: 180_000 }, () => {
  let application: ElectronApplication;
  let page: Page;
  let workspace: string;

  beforeAll(async () => {
    expect(isBuilt() ? undefined : await build()).toBeUndefined();
    workspace = mkdtempSync(join(tmpdir(), 'marginalia-electron-'));
    await open();
  }, 300_000);
  afterAll(async () => {
    await application.close();
    rmSync(workspace, { recursive: true, force: true });
  });

  async function open(): Promise<void> {
    application = await _electron.launch({
      executablePath: executable!,
      args: [resolve(import.meta.dirname, '../..')],
      env: { ...process.env, MARGINALIA_WORKSPACE: workspace } as Record<string, string>,
    });
    page = await application.firstWindow();
  }

  it('opens the demo series', async () => {
    await page.getByRole('button', { name: /^Try the demo series/ }).click();
    await pane(page).waitFor({ timeout: 120_000 });
    expect((await place(page))[1]).toBeGreaterThan(1);
  });

  it('gives the page nothing of Node', async () => {
    expect(await page.evaluate(() => ['require', 'process', 'module'].filter((name) => name in window))).toEqual([]); // prettier-ignore
  });

  it('keeps what was painted from one start to the next', async () => {
    await addLabel(page, 'liver');
    await page.keyboard.press('b');
    await stroke(page, pane(page), [[0.4, 0.5], [0.6, 0.5]]); // prettier-ignore
    await expect.poll(() => undoName(page)).toBe('Brush “liver”');
    await page.getByText(/^saved/).waitFor();
    await application.close();
    await open();
    await page.getByRole('region', { name: 'Opened before' }).getByRole('button').first().click();
    await pane(page).waitFor({ timeout: 120_000 });
    await expect.poll(() => undoName(page)).toBe('Brush “liver”');
  });
});
