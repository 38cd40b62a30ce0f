import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { writeTinyBundle } from '../bundle/tiny-model.ts';
import { inEachWindow, type App } from './support/app.ts';

inEachWindow('the dialog of models', (openApp) => {
  let app: App;
  let page: Page;
  let models: string;
  const before = process.env['MARGINALIA_MODELS'];

  beforeAll(async () => {
    models = mkdtempSync(join(tmpdir(), 'marginalia-models-'));
    process.env['MARGINALIA_MODELS'] = models;
    app = await openApp();
    page = app.page;
    writeTinyBundle(join(app.root, 'from-elsewhere'));
    await page.keyboard.press('Control+,');
    await page.getByRole('button', { name: 'Model and device' }).click();
    await page.getByRole('button', { name: 'Models', exact: true }).click();
  });
  afterAll(async () => {
    await app.close();
    rmSync(models, { recursive: true });
    if (before === undefined) delete process.env['MARGINALIA_MODELS'];
    else process.env['MARGINALIA_MODELS'] = before;
  });
  afterEach(() => expect(app.problems).toEqual([]));

  const dialog = (): Locator => page.getByRole('dialog', { name: 'Models' });
  const press = (name: string): Promise<void> =>
    dialog().getByRole('button', { name, exact: true }).click();
  const entry = (name: string | RegExp): Locator =>
    dialog().getByRole('list', { name: 'Models' }).getByRole('button', { name });

  it('takes in a bundle from this machine, under the name that it is given', async () => {
    await entry(/default.*in use.*shipped/).waitFor();
    await press('Import');
    await app.choose(() => press('Choose a folder'), [join(app.root, 'from-elsewhere')]);
    const name = dialog().getByRole('textbox', { name: 'Name in the library' });
    expect(await name.inputValue()).toBe('from-elsewhere');
    await name.fill('default');
    await name.press('Enter');
    await dialog().getByRole('alert').getByText('cannot be called “default”').waitFor();
    await name.fill('mine');
    await name.press('Enter');
    await entry(/^mine/).waitFor();
    expect(existsSync(join(models, 'mine', 'model.json'))).toBe(true);
  });

  it('lets it be used and the default, and removes it once another is used', async () => {
    await press('Use here');
    await entry(/^mine.*in use/).waitFor();
    expect(await dialog().getByRole('button', { name: 'Remove' }).isDisabled()).toBe(true);
    await press('Make default');
    await entry(/^mine.*in use.*default/).waitFor();
    await entry(/^shipped/).click();
    await press('Use here');
    await entry(/^shipped.*in use/).waitFor();
    await entry(/^mine/).click();
    await press('Remove');
    await press('Really remove');
    await entry(/^mine/).waitFor({ state: 'detached' });
    await entry(/^default.*in use/).waitFor();
    expect(existsSync(join(models, 'mine'))).toBe(false);
  });

  it('shows what is published without asking any server', async () => {
    await press('Download');
    await dialog().getByRole('button', { name: '25 % of Kvasir' }).waitFor();
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
  });
});
