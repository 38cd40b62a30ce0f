import { hasDisplay } from '../../src/cli/browser.ts';
import { electronExecutable, electronFolder } from '../../src/cli/electron.ts';

const folder = electronFolder();
const executablePath = folder === undefined ? undefined : electronExecutable(folder);

/** Why no window of Electron can be opened here, undefined where it can. */
export const electronMissing =
  executablePath === undefined
    ? "needs Electron's executable, which `npm start` fetches"
    : hasDisplay(process.env, process.platform)
      ? undefined
      : 'needs a display';

/**
 * How Electron is started: as users start it, inside its sandbox, which does not work as root. Only
 * where it is not missing.
 */
export const electronLaunch = () => ({
  executablePath: executablePath!,
  chromiumSandbox: process.getuid?.() !== 0,
  env: { ...process.env } as Record<string, string>,
});
