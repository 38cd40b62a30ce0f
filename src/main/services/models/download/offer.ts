import { MarginaliaError } from '../../../../shared/errors.ts';
import { ask } from './http.ts';
import { addressOf, PUBLISHED, type PublishedFile } from './published.ts';
import { refuseStatus, remoteFile } from './remote-file.ts';

/** What the server says of a file before it is fetched. */
export interface Offer {
  readonly file: PublishedFile;
  readonly mirror: string;
  readonly address: string;
  /** Null where the server does not say. */
  readonly bytes: number | null;
  readonly sha256: string | null;
  /** As the card of the repository names it; null where it does not. */
  readonly licence: string | null;
}

/** @throws MarginaliaError `unknown-download` */
export function findPublished(id: string): PublishedFile {
  const found = PUBLISHED.find((file) => file.id.toLowerCase() === id.toLowerCase());
  if (found !== undefined) return found;
  throw new MarginaliaError(
    'unknown-download',
    `There is no published checkpoint called ${id}.`,
    `Known: ${PUBLISHED.map((file) => file.id).join(', ')}.`,
  );
}

/**
 * Asks for the size, the hash and the licence of a file; nothing of the file itself is fetched.
 * @throws MarginaliaError `unknown-download`, and as `ask` and `refuseStatus`.
 */
export async function readOffer(id: string, mirror: string, signal: AbortSignal): Promise<Offer> {
  const file = findPublished(id);
  const address = addressOf(mirror, file.path);
  const reply = await ask('HEAD', address, {}, signal);
  await reply.cancel();
  refuseStatus(reply, `${file.id} (${file.path})`);
  const { bytes, sha256 } = remoteFile(reply);
  return { file, mirror, address, bytes, sha256, licence: await readLicence(mirror, signal) };
}

const MOST_CARD_BYTES = 1 << 20;

/** `license:` in the head of the repository's card. Where there is no card, its licence is not known. */
async function readLicence(mirror: string, signal: AbortSignal): Promise<string | null> {
  try {
    const reply = await ask('GET', addressOf(mirror, 'README.md'), {}, signal);
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    for await (const piece of reply.body) {
      pieces.push(piece);
      if ((bytes += piece.length) > MOST_CARD_BYTES) break;
    }
    if (reply.status !== 200) return null;
    const [, head] = /^---\r?\n([\s\S]*?)\r?\n---/.exec(Buffer.concat(pieces).toString()) ?? [];
    return /^license:\s*["']?([\w.+ -]{1,80}?)["']?\s*$/m.exec(head ?? '')?.[1] ?? null;
  } catch {
    signal.throwIfAborted();
    return null;
  }
}
