// An application of Electron that is an empty window, for pages of tests/pages.
import { app, BrowserWindow } from 'electron';

app.on('window-all-closed', () => app.quit());
const open = () =>
  new BrowserWindow({ width: 700, height: 500, useContentSize: true }).loadURL('about:blank');
app.whenReady().then(open);
