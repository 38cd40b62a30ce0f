/**
 * Headers of every answer to a page, whichever host serves it: it runs its own scripts only,
 * speaks to its host only, and is shown in no other page. Styles are set by the components at run
 * time.
 * @param socket address of the host's WebSocket, where it has one: not every browser counts that
 *   as 'self'.
 */
export function pageHeaders(socket?: string): Readonly<Record<string, string>> {
  const policy = {
    'default-src': "'none'",
    'script-src': "'self'",
    'style-src': "'self' 'unsafe-inline'",
    'img-src': "'self' blob: data:",
    'font-src': "'self' data:",
    'connect-src': socket === undefined ? "'self'" : `'self' ${socket}`,
    'worker-src': "'self' blob:",
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
  };
  return {
    'Content-Security-Policy': Object.entries(policy)
      .map(([name, value]) => `${name} ${value}`)
      .join('; '),
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
  };
}
