import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';

/** Why pages cannot be opened here, undefined where they can. */
export const chromiumMissing = existsSync(CHROMIUM)
  ? undefined
  : `needs ${CHROMIUM} (Debian package chromium)`;

/** Chromium that draws WebGL in software. */
export const SOFTWARE_WEBGL = {
  executablePath: CHROMIUM,
  args: [
    '--no-sandbox',
    '--use-angle=swiftshader',
    '--enable-unsafe-swiftshader',
    '--ignore-gpu-blocklist',
  ],
};

/** A browser of its own. */
export const launchChromium = (args: readonly string[] = []): Promise<Browser> =>
  chromium.launch({ ...SOFTWARE_WEBGL, args: [...SOFTWARE_WEBGL.args, ...args] });
