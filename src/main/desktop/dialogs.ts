import { dirname } from 'node:path';
import { dialog, type BrowserWindow, type OpenDialogOptions } from 'electron';
import type { CallInput, CallOutput } from '../../shared/contract/index.ts';

type Wanted = CallInput<'paths.choose'>;

const PROPERTIES: Readonly<Record<Wanted['what'], OpenDialogOptions['properties']>> = {
  folder: ['openDirectory'],
  files: ['openFile', 'multiSelections'],
  'save-folder': ['openDirectory', 'createDirectory', 'promptToCreate'],
};

/** Asks by a dialog of the system; null where it was cancelled. */
export type PathChooser = (
  window: BrowserWindow | undefined,
  wanted: Wanted,
) => Promise<CallOutput<'paths.choose'>>;

/**
 * Dialogs of the system. Since Electron 43 each would begin in the folder of downloads; these begin
 * where the last one of their kind ended.
 */
export function createPathChooser(): PathChooser {
  const lastFolder = new Map<Wanted['what'], string>();
  return async (window, { what, title }) => {
    const defaultPath = lastFolder.get(what);
    const options: OpenDialogOptions = {
      title,
      message: title,
      properties: PROPERTIES[what] ?? [],
      ...(defaultPath !== undefined && { defaultPath }),
    };
    const { canceled, filePaths } = window
      ? await dialog.showOpenDialog(window, options)
      : await dialog.showOpenDialog(options);
    if (canceled) return null;
    if (filePaths[0] !== undefined) lastFolder.set(what, dirname(filePaths[0]));
    return filePaths;
  };
}
