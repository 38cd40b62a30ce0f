import { renameSync, writeFileSync } from 'node:fs';

/**
 * Writes a JSON file at once or not at all: beside its place first. What a kill leaves of that, the next
 * writing of the same process number replaces.
 * @throws as node:fs.
 */
export function writeJson(path: string, content: unknown): void {
  const partial = `${path}.partial-${process.pid}`;
  writeFileSync(partial, `${JSON.stringify(content, null, 2)}\n`, { flush: true });
  renameSync(partial, path);
}
