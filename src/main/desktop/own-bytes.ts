/**
 * A message whose typed arrays have their memory for themselves. Electron's structured clone sends
 * the whole memory behind an array, not the part that it shows: a slice of a volume would take the
 * volume with it, and a small buffer of Node what else lies in Node's pool.
 */
export function withOwnBytes(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value)) return withOwnMemory(value as Uint8Array);
  if (Array.isArray(value)) return value.map(withOwnBytes);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withOwnBytes(item)]));
}

/** What is said of Uint8Array goes for all typed arrays alike. */
function withOwnMemory(array: Uint8Array): Uint8Array {
  // The slice of a buffer of Node is a view.
  if (Buffer.isBuffer(array)) return Uint8Array.from(array);
  return array.byteLength === array.buffer.byteLength ? array : array.slice();
}
