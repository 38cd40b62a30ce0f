import { ipcMain, type IpcMainEvent, type WebContents } from 'electron';
import { CHANNELS } from '../../shared/contract/desktop.ts';
import type { FromMain } from '../../shared/contract/index.ts';
import {
  connect,
  type Announcement,
  type Connection,
  type Session,
} from '../services/workstation/index.ts';
import { toCloneable } from '../../shared/cloneable.ts';
import { isOwnAddress } from './pages.ts';

/** Connects the session with the page in the window, over IPC. */
export interface PageConnection {
  /** Expects the page in these contents, and in no others. */
  readonly attach: (contents: WebContents) => void;
  /** Sends an event of the desktop; while no page is connected, it is queued for the next one. */
  readonly announce: (event: Announcement) => void;
}

interface Connected {
  readonly connection: Connection;
  readonly send: (message: FromMain) => void;
}

/** Accepts messages from the main frame of our page only; all others are ignored. */
export function openPageConnection(session: Session): PageConnection {
  let page: WebContents | undefined;
  let current: Connected | undefined;
  let queued: Announcement[] = [];

  const isOurs = ({ sender, senderFrame }: IpcMainEvent): boolean =>
    senderFrame !== null &&
    sender === page &&
    senderFrame === page.mainFrame &&
    isOwnAddress(senderFrame.url);

  function disconnect(): void {
    current?.connection.close();
    current = undefined;
  }

  ipcMain.on(CHANNELS.hello, (event) => {
    if (!isOurs(event)) return;
    disconnect();
    const { sender } = event;
    const send = (message: FromMain): void => {
      if (!sender.isDestroyed()) sender.send(CHANNELS.toPage, toCloneable(message));
    };
    current = { connection: connect(session, send), send };
    const late = queued;
    queued = [];
    for (const announcement of late) send({ kind: 'event', ...announcement });
  });
  ipcMain.on(CHANNELS.toMain, (event, message: unknown) => {
    if (isOurs(event)) current?.connection.receive(message);
  });

  return {
    attach(contents) {
      page = contents;
      // A page that is read again counts its requests from the beginning. A navigation that begins
      // may still be refused (`will-navigate` comes after `did-start-navigation`): the old page is
      // left when another one is there, which may have said hello by then.
      let leaving: Connected | undefined;
      contents.on('did-start-navigation', ({ isMainFrame, isSameDocument }) => {
        if (isMainFrame && !isSameDocument) leaving = current;
      });
      contents.on('did-navigate', () => {
        if (current === leaving) disconnect();
      });
      contents.on('render-process-gone', disconnect);
      contents.on('destroyed', disconnect);
    },
    announce(event) {
      if (current) current.send({ kind: 'event', ...event });
      else queued.push(event);
    },
  };
}
