import { readFile } from 'node:fs/promises';
import { normalize, resolve, sep } from 'node:path';
import { protocol } from 'electron';
import { getMimeType } from 'hono/utils/mime';
import { pageHeaders } from '../services/session/index.ts';
import type { Session } from '../services/workstation/index.ts';

const SCHEME = 'marginalia';
const ORIGIN = `${SCHEME}://app`;

/** Where the window finds the page. */
export const PAGE_URL = `${ORIGIN}/index.html`;

/** Whether an address is of the page itself, not of anything that it could be led to. */
export const isOwnAddress = (address: string): boolean => address.startsWith(`${ORIGIN}/`);

/** Before the application is ready: the page is to have an origin, as pages of the web do. */
export function registerPageScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/**
 * Answers the page: its files, and below `/data/` what the session gives.
 * @param pages folder of the built page.
 */
export function servePages(pages: string, session: Session): void {
  const answer = async (request: Request): Promise<Response> => {
    if (!isOwnAddress(request.url)) return nothing(404);
    if (request.method !== 'GET') return nothing(405);
    const { pathname } = new URL(request.url);
    return pathname.startsWith('/data/') ? session.fetch(request) : fileAt(pages, pathname);
  };
  protocol.handle(SCHEME, async (request) => {
    const response = await answer(request).catch(() => nothing(500));
    for (const [name, value] of Object.entries(pageHeaders())) response.headers.set(name, value);
    return response;
  });
}

async function fileAt(folder: string, pathname: string): Promise<Response> {
  const root = resolve(folder) + sep;
  const path = normalize(root + safelyDecoded(pathname));
  const bytes = path.startsWith(root) ? await readFile(path).catch(() => undefined) : undefined;
  if (bytes === undefined) return nothing(404);
  const type = getMimeType(path) ?? 'application/octet-stream';
  return new Response(Uint8Array.from(bytes), { headers: { 'Content-Type': type } });
}

/** '\0', which is in no path, where it cannot be decoded. */
function safelyDecoded(pathname: string): string {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return '\0';
  }
}

const nothing = (status: number): Response => new Response(null, { status });
