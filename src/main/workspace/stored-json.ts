/**
 * JSON as it lies in a column. Checksums guard the labels alone; of a text in which bytes changed,
 * `damaged` is made, so that everything else can still be opened.
 */
export function storedJson<T>(text: string, damaged: T): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    return damaged;
  }
}
