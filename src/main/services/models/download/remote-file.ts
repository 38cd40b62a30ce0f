import { MarginaliaError } from '../../../../shared/errors.ts';
import type { Reply } from './http.ts';

/** What a server says of a file. */
export interface RemoteFile {
  /** Null where it does not say. */
  readonly bytes: number | null;
  /** Lower-case hexadecimal digits; null where it does not say. */
  readonly sha256: string | null;
  /** By which the server knows its version again; null where it has none that is exact. */
  readonly etag: string | null;
}

/**
 * Of a reply to HEAD or GET. Hubs of models name the sha256 of a large file by `x-linked-etag`, and give
 * its size beside it; else the etag may be one.
 */
export function remoteFile(reply: Reply): RemoteFile {
  const etag = reply.header('etag');
  return {
    bytes: sizeOf(reply),
    sha256: digestIn(reply.header('x-linked-etag')) ?? digestIn(etag),
    etag: etag?.startsWith('"') ? etag : null,
  };
}

function sizeOf(reply: Reply): number | null {
  const range = /^bytes (?:\d+-\d+|\*)\/(\d+)$/.exec(reply.header('content-range') ?? '');
  const whole = reply.status === 206 ? null : reply.header('content-length');
  const said = reply.header('x-linked-size') ?? range?.[1] ?? whole;
  return said !== null && said !== undefined && /^\d+$/.test(said) ? Number(said) : null;
}

const digestIn = (etag: string | null): string | null =>
  /^(?:W\/)?"?([0-9a-f]{64})"?$/.exec(etag ?? '')?.[1] ?? null;

/** @throws MarginaliaError `no-such-download`, `download-refused`, `server-failed` */
export function refuseStatus({ status, url }: Reply, what: string): void {
  if (status >= 200 && status < 300) return;
  const { host } = new URL(url);
  if (status === 404 || status === 410) {
    throw new MarginaliaError(
      'no-such-download',
      `${host} has no ${what}.`,
      'Check the address of the mirror; it may lack this file.',
    );
  }
  if (status === 401 || status === 403) {
    throw new MarginaliaError(
      'download-refused',
      `${host} does not give ${what} to everybody (${status}).`,
      'Fetch it in a browser where you are signed in, then import the file.',
    );
  }
  throw new MarginaliaError(
    'server-failed',
    `${host} answers with ${status} instead of ${what}.`,
    'Try again later, or set another mirror.',
  );
}
