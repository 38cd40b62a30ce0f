import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { chromiumMissing } from '../support/chromium.ts';
import { SCENES } from './screenshots/scenes.ts';
import { fakeStage, type Stage } from './screenshots/stage.ts';
import { violations } from './support/axe.ts';
import { sharedBrowser } from './support/shared-browser.ts';
import { still } from './support/still.ts';

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
  'models-many',
  'models-failed',
  'models-offer',
  'settings-model',
  'shortcuts',
];
const scenes = SCENES.filter(({ name }) => NAMES.includes(name));
const title = `what WCAG asks for (A and AA)${chromiumMissing ? ` (skipped: ${chromiumMissing})` : ''}`;

/** Changes the theme as the settings do, whatever is open on the page. */
const changeTheme = (page: Page, theme: 'dark' | 'light'): Promise<void> =>
  page.evaluate(async (theme) => {
    const { __vue_app__: app } = document.querySelector<HTMLElement & Mounted>('#app')!;
    await app.config.globalProperties.$pinia._s.get('settings').change({ theme });
  }, theme);

/** What Vue leaves at the element of an application, as far as it is used here. */
interface Mounted {
  readonly __vue_app__: {
    readonly config: {
      readonly globalProperties: {
        readonly $pinia: {
          readonly _s: {
            get(store: 'settings'): { change(change: { theme: 'dark' | 'light' }): Promise<void> };
          };
        };
      };
    };
  };
}

describe.skipIf(chromiumMissing !== undefined)(title, () => {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    browser = await sharedBrowser();
    page = await browser.newPage({
      viewport: { width: 1280, height: 720 },
      reducedMotion: 'reduce',
    });
    page.setDefaultTimeout(120_000);
  });
  afterAll(() => browser.close());

  it('is asked of every state that is named', () => expect(scenes.length).toBe(NAMES.length));

  describe.each(scenes.map((scene) => [scene.name, scene] as const))(
    'is kept by %s',
    (_, scene) => {
      let stage: Stage;
      beforeAll(async () => {
        stage = await fakeStage(scene.options ?? {});
        await page.goto(stage.url);
        await page.locator('.page').waitFor();
        await scene.arrange?.(page, stage);
      });
      afterAll(() => stage.close());

      it.each(['dark', 'light'] as const)(
        'in the %s theme',
        async (theme) => {
          await changeTheme(page, theme);
          await page.locator(`.v-theme--${theme}`).first().waitFor();
          await still(page);
          expect(await violations(page)).toEqual([]);
        },
        300_000,
      );
    },
  );
});
