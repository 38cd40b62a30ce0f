/**
 * JSON as it is stored in a column. Only labels have checksums; a text that a damaged disk has changed is
 * passed to `damaged`, so that everything else can still be opened.
 */
export function storedJson<T>(text: string, damaged: T): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    return damaged;
  }
}
