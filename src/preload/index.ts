import { contextBridge, ipcRenderer, webUtils } from 'electron';
import { CHANNELS, type DesktopApi } from '../shared/contract/desktop.ts';

/** All that the page gets of the desktop: messages of the contract, and paths of dropped files. */
const api: DesktopApi = {
  post: (message) => ipcRenderer.send(CHANNELS.toMain, message),
  subscribe(handler) {
    ipcRenderer.removeAllListeners(CHANNELS.toPage);
    ipcRenderer.on(CHANNELS.toPage, (_, message) => handler(message));
    ipcRenderer.send(CHANNELS.hello);
  },
  pathOf: (file) => webUtils.getPathForFile(file),
};

contextBridge.exposeInMainWorld('marginalia', api);
