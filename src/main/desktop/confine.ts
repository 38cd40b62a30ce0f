import type { Session as BrowserSession, WebContents } from 'electron';
import { isOwnAddress } from './pages.ts';

/** The page stays where it is: no other address, no further window, no page within the page. */
export function confine(contents: WebContents): void {
  const stay = (event: { readonly url: string; readonly preventDefault: () => void }): void => {
    if (!isOwnAddress(event.url)) event.preventDefault();
  };
  contents.on('will-navigate', stay);
  contents.on('will-frame-navigate', stay);
  contents.on('will-redirect', stay);
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
}

/** Addresses that lead to nobody outside of this machine. */
const LOCAL = /^(?:marginalia|blob|data|devtools):/i;

/** What our page may do: put text that it shows into the clipboard. */
const isAllowed = (permission: string, address: string, isMainFrame: boolean): boolean =>
  permission === 'clipboard-sanitized-write' && isMainFrame && isOwnAddress(address);

/** The page may use no device and no sensor, and nothing leaves the machine. */
export function confineSession(session: BrowserSession): void {
  session.setPermissionRequestHandler((_, permission, answer, { requestingUrl, isMainFrame }) =>
    answer(isAllowed(permission, requestingUrl, isMainFrame)),
  );
  session.setPermissionCheckHandler((_, permission, origin, { isMainFrame }) =>
    // Origins come with a slash at their end, or without.
    isAllowed(permission, `${origin.replace(/\/$/, '')}/`, isMainFrame),
  );
  session.setDevicePermissionHandler(() => false);
  session.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: !LOCAL.test(url) }));
}
