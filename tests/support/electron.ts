import { electronExecutable, electronFolder, windowProblem } from '../../src/cli/electron.ts';

const folder = electronFolder();
const executablePath = folder === undefined ? undefined : electronExecutable(folder);

/** Why no window of Electron can be opened here, undefined where it can. */
export const electronMissing =
  executablePath === undefined
    ? "needs Electron's executable, which `npm start` fetches"
    : windowProblem();

/** How Electron is started: as users start it, inside its sandbox. Only where it is not missing. */
export const electronLaunch = () => ({
  executablePath: executablePath!,
  chromiumSandbox: true,
  env: { ...process.env } as Record<string, string>,
});
