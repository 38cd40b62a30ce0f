import type { FromMain, ToMain } from '../../shared/contract/index.ts';
import type { Carrier } from './carrier.ts';

/** What the preload script puts into the page, as `window.marginalia`. */
export interface DesktopApi {
  post(message: ToMain): void;
  subscribe(handler: (message: FromMain) => void): void;
  pathOf(file: File): string;
}

/** Messages to the main process of the desktop, which lives as long as its windows do. */
export function desktopCarrier(api: DesktopApi): Carrier {
  return {
    send: (message) => api.post(message),
    listen(listener) {
      api.subscribe((message) => listener.message(message));
      listener.link({ kind: 'open' });
    },
    retry: () => undefined,
    pathOf: (file) => api.pathOf(file) || null,
  };
}
