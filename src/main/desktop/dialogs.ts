import { dialog, type BrowserWindow, type OpenDialogOptions } from 'electron';
import type { CallInput, CallOutput } from '../../shared/contract/index.ts';

type Wanted = CallInput<'paths.choose'>;

const PROPERTIES: Readonly<Record<Wanted['what'], OpenDialogOptions['properties']>> = {
  folder: ['openDirectory'],
  files: ['openFile', 'multiSelections'],
  'save-folder': ['openDirectory', 'createDirectory', 'promptToCreate'],
};

/** Asks by a dialog of the system; null where it was cancelled. */
export async function choosePaths(
  window: BrowserWindow | undefined,
  { what, title }: Wanted,
): Promise<CallOutput<'paths.choose'>> {
  const options = { title, message: title, properties: PROPERTIES[what] ?? [] };
  const { canceled, filePaths } = window
    ? await dialog.showOpenDialog(window, options)
    : await dialog.showOpenDialog(options);
  return canceled ? null : filePaths;
}
