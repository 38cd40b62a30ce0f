/**
 * A message whose arrays of bytes have their memory for themselves. Structured clone sends the whole
 * memory behind an array, not the part that it shows: a slice of a volume would take the volume with
 * it, and a small buffer of Node what else lies in Node's pool.
 */
export function withOwnBytes(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) {
    const isWhole = value.byteLength === value.buffer.byteLength;
    return isWhole && value.constructor === Uint8Array ? value : Uint8Array.from(value);
  }
  if (Array.isArray(value)) return value.map(withOwnBytes);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withOwnBytes(item)]));
}
