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

/** The line between the session and the page in the window. */
export interface PageLine {
  /** Expects the page in these contents, and in no others. */
  readonly attach: (contents: WebContents) => void;
  /** Says something of the desktop's own; while no page listens, it is kept for the next one. */
  readonly tell: (event: Announcement) => void;
}

interface Listening {
  readonly connection: Connection;
  readonly send: (message: FromMain) => void;
}

/** Speaks to the main frame of our own page only; whoever else sends is not heard. */
export function openPageLine(session: Session): PageLine {
  let page: WebContents | undefined;
  let listening: Listening | undefined;
  let kept: Announcement[] = [];

  const isOurs = ({ sender, senderFrame }: IpcMainEvent): boolean =>
    senderFrame !== null &&
    sender === page &&
    senderFrame === page.mainFrame &&
    isOwnAddress(senderFrame.url);

  function hangUp(): void {
    listening?.connection.close();
    listening = undefined;
  }

  ipcMain.on(CHANNELS.hello, (event) => {
    if (!isOurs(event)) return;
    hangUp();
    const { sender } = event;
    const send = (message: FromMain): void => {
      if (!sender.isDestroyed()) sender.send(CHANNELS.toPage, toCloneable(message));
    };
    listening = { connection: connect(session, send), send };
    const late = kept;
    kept = [];
    for (const said of late) send({ kind: 'event', ...said });
  });
  ipcMain.on(CHANNELS.toMain, (event, message: unknown) => {
    if (isOurs(event)) listening?.connection.receive(message);
  });

  return {
    attach(contents) {
      page = contents;
      // A page that is read again counts its requests from the beginning. A navigation that begins
      // may still be refused (`will-navigate` comes after `did-start-navigation`): the old page is
      // left when another one is there, which may have said hello by then.
      let leaving: Listening | undefined;
      contents.on('did-start-navigation', ({ isMainFrame, isSameDocument }) => {
        if (isMainFrame && !isSameDocument) leaving = listening;
      });
      contents.on('did-navigate', () => {
        if (listening === leaving) hangUp();
      });
      contents.on('render-process-gone', hangUp);
      contents.on('destroyed', hangUp);
    },
    tell(event) {
      if (listening) listening.send({ kind: 'event', ...event });
      else kept.push(event);
    },
  };
}
