/**
 * A message as Electron can send it. Its structured clone sends the whole memory behind an array, not
 * the part that it shows: a slice of a volume would take the volume with it, and a small buffer of
 * Node what else lies in Node's pool; so arrays get their memory for themselves. It sends no proxies:
 * what Vue watches is copied.
 */
export function toCloneable(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value)) return compact(value as Uint8Array);
  if (Array.isArray(value)) return value.map(toCloneable);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toCloneable(item)]));
}

/** What is said of Uint8Array goes for all typed arrays alike. */
function compact(array: Uint8Array): Uint8Array {
  // The slice of a buffer of Node is a view.
  const isOfNode = array instanceof Uint8Array && array.constructor !== Uint8Array;
  if (isOfNode) return Uint8Array.from(array);
  return array.byteLength === array.buffer.byteLength ? array : array.slice();
}
