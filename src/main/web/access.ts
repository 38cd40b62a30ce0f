import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/**
 * Who may speak to the server: a browser on this machine (or at the end of a tunnel to it) that was
 * given the secret address. The Host header keeps out pages that point their own name at 127.0.0.1
 * (DNS rebinding), the Origin header keeps out pages of other servers, the cookie everybody else.
 */
export interface Access {
  /** Part of the address that the user is given. */
  readonly token: string;
  readonly isToken: (token: string) => boolean;
  /** Value of Set-Cookie for who came with the token. */
  readonly cookie: string;
  /** Whether the host name is one of this machine's own. */
  readonly isOwnHost: (headers: IncomingHttpHeaders) => boolean;
  readonly hasCookie: (headers: IncomingHttpHeaders) => boolean;
  /** Whether a page of this very server asks. */
  readonly isOwnPage: (headers: IncomingHttpHeaders) => boolean;
}

const OWN_HOST = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/i;

const secret = (): string => randomBytes(24).toString('base64url');

function isEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** @param port keeps the cookies of two servers on one machine apart. */
export function createAccess(port: () => number): Access {
  const [token, pass] = [secret(), secret()];
  const name = (): string => `marginalia-${port()}`;
  return {
    token,
    isToken: (given) => isEqual(given, token),
    get cookie() {
      return `${name()}=${pass}; Path=/; HttpOnly; SameSite=Strict`;
    },
    isOwnHost: ({ host = '' }) => OWN_HOST.test(host),
    hasCookie: ({ cookie = '' }) =>
      cookie
        .split(';')
        .map((part) => part.trim())
        .some((part) => isEqual(part, `${name()}=${pass}`)),
    isOwnPage: ({ origin, host }) => origin === `http://${host}`,
  };
}
