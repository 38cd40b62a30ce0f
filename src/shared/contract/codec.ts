import { MarginaliaError } from '../errors.ts';

/**
 * A message as bytes, for carriers that know no structured clone: the length of a JSON text (uint32,
 * little-endian), the text, then the bytes of every Uint8Array in it, in the order of their places.
 * In the text, an array is `{"$bytes": length}`.
 */
const PLACE = '$bytes';

/** A message as one block of bytes: its JSON, then the bytes of its Uint8Arrays in their order. */
export function encodeMessage(message: unknown): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const json = JSON.stringify(withPlaces(message, parts));
  const text = new TextEncoder().encode(json);
  const length = parts.reduce((sum, part) => sum + part.length, 4 + text.length);
  const bytes = new Uint8Array(length);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 4);
  let at = 4 + text.length;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/**
 * A replacer of JSON.stringify would come too late: Node's buffers, which are arrays of bytes too,
 * write themselves as lists of numbers before it sees them.
 */
function withPlaces(value: unknown, parts: Uint8Array[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) {
    parts.push(value);
    return { [PLACE]: value.length };
  }
  if (Array.isArray(value)) return value.map((item) => withPlaces(item, parts));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withPlaces(item, parts)]),
  );
}

/**
 * The arrays share the memory of the message.
 * @throws MarginaliaError `bad-message`
 */
export function decodeMessage(bytes: Uint8Array): unknown {
  const bad = (what: string): never => {
    throw new MarginaliaError('bad-message', `A message cannot be read: ${what}.`);
  };
  if (bytes.length < 4) return bad('it is too short');
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (4 + length > bytes.length) return bad('its text is longer than the message');
  let at = 4 + length;
  let message: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(4, at));
    // The reviver comes by the places in the order of the text, as the writer did.
    message = JSON.parse(text, (_, value: unknown) => {
      const size = placeOf(value);
      if (size === undefined) return value;
      if (!Number.isSafeInteger(size) || size < 0 || at + size > bytes.length) {
        throw new SyntaxError('bytes are missing');
      }
      at += size;
      return bytes.subarray(at - size, at);
    });
  } catch (error) {
    return bad(error instanceof Error ? error.message : String(error));
  }
  if (at !== bytes.length) return bad('it is longer than it says');
  return message;
}

function placeOf(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const keys = Object.keys(value);
  return keys.length === 1 && keys[0] === PLACE
    ? (value as Record<string, number>)[PLACE]
    : undefined;
}
