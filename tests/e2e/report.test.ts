import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { writePhantomSeries } from '../../src/main/services/cases/phantom.ts';
import { pane } from './support/actions.ts';
import { inEachWindow, type App } from './support/app.ts';
import { askHost } from './support/ask-host.ts';

const FOLDER = 'Moriarty Josephine 1953-04-07';
/** As long as the phantom's, so that it is put in its place. */
const PATIENT = 'Moriarty^Josephine';

inEachWindow('the report of what went wrong', (openApp) => {
  let app: App;
  let page: Page;
  let folder: string;

  beforeAll(async () => {
    app = await openApp();
    page = app.page;
    folder = join(app.root, FOLDER);
    await writePhantomSeries(folder, { seed: 1_000_011, slices: 3, size: 32 });
    for (const name of readdirSync(folder)) {
      const file = join(folder, name);
      const named = readFileSync(file, 'latin1').replace('Phantom^Marginalia', PATIENT);
      writeFileSync(file, named, 'latin1');
    }
  });
  afterAll(() => app.close());
  afterEach(() => expect(app.problems).toEqual([]));

  /** What the system's clipboard holds, as a user sees it: pasted. */
  async function pasted(): Promise<string> {
    await page.evaluate(() => {
      const field = document.createElement('textarea');
      field.id = 'pasted';
      document.querySelector('.v-overlay-container, body')!.append(field);
      field.focus();
    });
    const field = page.locator('#pasted');
    await field.press('Control+v');
    const text = await field.inputValue();
    await field.evaluate((element) => element.remove());
    return text;
  }

  it('is copied from a notice, with the code, the message and versions, and no name of anybody', async () => {
    await page.getByRole('heading', { name: 'Marginalia' }).waitFor();
    await app.choose(() => page.keyboard.press('Control+o'), [folder]);
    await pane(page).waitFor();
    const [source] = await askHost(app, 'sources.list', {});
    expect(source!.stacks[0]!.patientName).toBe(PATIENT);
    await page.getByRole('button', { name: 'versions' }).click();
    const dialog = page.getByRole('dialog', { name: 'Versions' });
    // No version lies there.
    await app.choose(() => dialog.getByRole('button', { name: 'Import' }).click(), [folder]);
    const notice = page.getByRole('region', { name: 'Notices' }).getByRole('alert');
    await notice.filter({ hasText: FOLDER }).waitFor();
    // It is said for a moment only.
    await Promise.all([
      notice.getByRole('button', { name: 'Copied' }).waitFor(),
      notice.getByRole('button', { name: 'Copy report' }).click(),
    ]);
    const report = await pasted();
    const { version, node, onnxruntime, platform } = await askHost(app, 'app.about', {});
    expect(report).toMatch(/^Error [a-z-]+: .*<path>.*$/m);
    expect(report).toContain(`Marginalia ${version}, `);
    expect(report).toContain(`${platform}, Node ${node}, ONNX Runtime ${onnxruntime}`);
    expect(report).not.toMatch(/moriarty|josephine|1953/i);
    expect(report).not.toContain(app.root.split('/').at(-2)!);
  });
});
