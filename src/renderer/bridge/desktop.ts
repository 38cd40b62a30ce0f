import type { DesktopApi } from '../../shared/contract/desktop.ts';
import { toCloneable } from '../../shared/cloneable.ts';
import type { Carrier } from './carrier.ts';

/** Messages to the main process of the desktop, which lives as long as its windows do. */
export function desktopCarrier(api: DesktopApi): Carrier {
  return {
    send: (message) => api.post(toCloneable(message) as typeof message),
    listen(listener) {
      api.subscribe((message) => listener.message(message));
      listener.link({ kind: 'open' });
    },
    retry: () => undefined,
    pathOf: (file) => api.pathOf(file) || null,
  };
}
