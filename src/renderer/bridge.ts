import type { DesktopApi } from '../shared/contract/desktop.ts';
import { SOCKET_PATH } from '../shared/contract/resources.ts';
import { createBridge, type Bridge } from './bridge/client.ts';
import { desktopCarrier } from './bridge/desktop.ts';
import { socketCarrier } from './bridge/socket.ts';

export type { Bridge } from './bridge/client.ts';
export type { Link } from './bridge/carrier.ts';

declare global {
  interface Window {
    readonly marginalia?: DesktopApi;
  }
}

let bridge: Bridge | undefined;

/** The way to the host: the desktop's preload object where there is one, else a WebSocket. */
export function useBridge(): Bridge {
  bridge ??= createBridge(
    window.marginalia ? desktopCarrier(window.marginalia) : socketCarrier(openSocket),
    window.location.href,
  );
  return bridge;
}

function openSocket(): WebSocket {
  const url = new URL(SOCKET_PATH, window.location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return new WebSocket(url);
}
