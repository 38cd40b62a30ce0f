import type * as Electron from 'electron';
import type { FromMain } from '../../src/shared/contract/index.ts';

/*
 * What specs do in Electron's main process, where nobody can press anything. These functions are
 * sent there as text: they see their parameters, and nothing of this file.
 */

export type Main = Pick<typeof Electron, 'app' | 'BrowserWindow' | 'dialog' | 'ipcMain'>;

/** Has the dialogs of the system answer with these paths, as if they had been chosen. */
export function answerDialogs({ dialog }: Pick<Main, 'dialog'>, filePaths: string[]): void {
  dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths });
}

export interface Question {
  /** Names of the channels of the contract. */
  readonly toMain: string;
  readonly toPage: string;
  /** With a number that the page does not use. */
  readonly message: { readonly request: number };
}

/** Asks beside the page, as the page does, and keeps the answer from it. */
export function askBesidePage(
  { BrowserWindow, ipcMain }: Pick<Main, 'BrowserWindow' | 'ipcMain'>,
  { toMain, toPage, message }: Question,
): Promise<FromMain> {
  const { webContents } = BrowserWindow.getAllWindows()[0]!;
  return new Promise((resolve) => {
    const send = webContents.send;
    const listen = (channel: string, said: FromMain): void => {
      const isOurs = channel === toPage && 'request' in said && said.request === message.request;
      if (!isOurs) return send.call(webContents, channel, said);
      if (webContents.send === listen) webContents.send = send;
      resolve(said);
    };
    webContents.send = listen;
    ipcMain.emit(toMain, { sender: webContents, senderFrame: webContents.mainFrame }, message);
  });
}

/** The process of the engine, undefined where none is running. */
export const engineProcess = ({ app }: Pick<Main, 'app'>, name: string): number | undefined =>
  app.getAppMetrics().find((one) => one.name === name || one.serviceName === name)?.pid;
