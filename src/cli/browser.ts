import open from 'open';

/** Whether the user of this process would see a browser that it opens. */
export const canShowBrowser = (
  env: NodeJS.ProcessEnv,
  platform: NodeJS.Platform,
  isTerminal: boolean,
): boolean => isTerminal && hasDisplay(env, platform);

/** Whether windows can be shown at all: on Linux a display is named in the environment. */
export const hasDisplay = (env: NodeJS.ProcessEnv, platform: NodeJS.Platform): boolean =>
  platform !== 'linux' || Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY']);

/** Opens the user's browser. Without one, the printed address is enough. */
export async function openBrowser(url: string): Promise<void> {
  try {
    const browser = await open(url);
    browser.on('error', () => undefined);
  } catch {
    // As above.
  }
}
