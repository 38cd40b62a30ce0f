import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import { violations } from '../support/axe.ts';
import { SCENES, type Scene } from './scenes.ts';
import { launchChromium } from '../../support/chromium.ts';
import { still } from '../support/still.ts';
import { fakeStage, realStage } from './stage.ts';

/**
 * Pictures of every main state of the page, in results/screens:
 * `npm run screenshots -- [--only <expression>] [--size small] [--theme dark] [--axe]`;
 * with --docs, those that the documentation shows, in docs/images.
 */
const SIZES = { small: [1280, 720], readme: [1440, 900], large: [2560, 1440] } as const;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    size: { type: 'string', multiple: true, default: ['small', 'large'] },
    theme: { type: 'string', multiple: true, default: ['dark', 'light'] },
    out: { type: 'string', default: 'results/screens' },
    docs: { type: 'boolean', default: false },
    axe: { type: 'boolean', default: false },
  },
});

type Size = keyof typeof SIZES;

async function take(
  browser: Browser,
  scene: Scene,
  sizes: readonly Size[],
  theme: string,
): Promise<void> {
  const { options = {} } = scene;
  const fake = {
    ...options,
    settings: { ...options.settings, theme: theme === 'light' ? 'light' : 'dark' },
  } as const;
  const stage = await (scene.real ? realStage() : fakeStage(fake));
  const context = await browser.newContext({ reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  await page.setViewportSize({ width: SIZES[sizes[0]!][0], height: SIZES[sizes[0]!][1] });
  page.on('pageerror', (error) => console.error(`${scene.name}: ${error.message}`));
  page.on(
    'console',
    (message) => message.type() === 'error' && console.error(`${scene.name}: ${message.text()}`),
  );
  try {
    await page.goto(stage.url);
    await page.locator('.page').waitFor();
    await scene.arrange?.(page, stage);
    await still(page);
    if (values.axe) for (const line of await violations(page)) console.log(`  ${line}`);
    for (const size of sizes) {
      const [width, height] = SIZES[size];
      await page.setViewportSize({ width, height });
      await still(page);
      const file = values.docs
        ? `docs/images/${scene.docs!.name}.png`
        : join(values.out, `${scene.name}-${size}-${theme}.png`);
      await sharp(await page.screenshot())
        .png({ palette: true, quality: 90 })
        .toFile(file);
      console.log(file);
    }
  } catch (error) {
    console.error(`${scene.name} ${theme}: ${String(error)}`);
    process.exitCode = 1;
  } finally {
    await context.close();
    await stage.close().catch(() => undefined);
  }
}

await mkdir(values.docs ? 'docs/images' : values.out, { recursive: true });
for (const noWebGl of [false, true]) {
  const wanted = new RegExp(values.only);
  const scenes = SCENES.filter(
    (s) => (s.noWebGl ?? false) === noWebGl && wanted.test(s.name) && (s.docs || !values.docs),
  );
  if (scenes.length === 0) continue;
  const browser = await launchChromium(noWebGl ? ['--disable-gpu', '--disable-3d-apis'] : []);
  for (const scene of scenes) {
    const { size = 'small', theme = 'dark' } = scene.docs ?? {};
    if (values.docs) await take(browser, scene, [size], theme);
    else for (const theme of values.theme) await take(browser, scene, values.size as Size[], theme);
  }
  await browser.close();
}
