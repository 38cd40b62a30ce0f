import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Browser } from 'playwright-core';
import { chromiumMissing } from '../support/page.ts';
import { SCENES } from './screenshots/scenes.ts';
import { fakeStage, launch, still } from './screenshots/stage.ts';
import { violations } from './support/axe.ts';

const NAMES = [
  'start-recents',
  'error',
  'main',
  'layout-grid',
  'menu',
  'menu-prompts',
  'notices',
  'export',
  'export-nnunet',
  'versions',
  'settings-model',
  'shortcuts',
];
const scenes = SCENES.filter(({ name }) => NAMES.includes(name));
const title = `what WCAG asks for (A and AA)${chromiumMissing ? ` (skipped: ${chromiumMissing})` : ''}`;

describe.skipIf(chromiumMissing !== undefined)(title, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  it('is asked of every state that is named', () => expect(scenes.length).toBe(NAMES.length));

  for (const theme of ['dark', 'light'] as const) {
    it.each(scenes.map((scene) => [scene.name, scene] as const))(
      `is kept by %s in the ${theme} theme`,
      async (_, { options = {}, arrange }) => {
        const stage = await fakeStage({ ...options, settings: { ...options.settings, theme } });
        const context = await browser.newContext({
          viewport: { width: 1280, height: 720 },
          reducedMotion: 'reduce',
        });
        try {
          const page = await context.newPage();
          page.setDefaultTimeout(120_000);
          await page.goto(stage.url);
          await page.locator('.page').waitFor();
          await arrange?.(page, stage);
          await still(page);
          expect(await violations(page)).toEqual([]);
        } finally {
          await context.close();
          await stage.close();
        }
      },
      300_000,
    );
  }
});
