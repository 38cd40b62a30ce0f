import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A folder in `resources` of the application, from the sources and from the build alike. */
export function resourcePath(name: string): string {
  let folder = fileURLToPath(new URL('.', import.meta.url));
  for (;;) {
    const candidate = join(folder, 'resources', name);
    if (existsSync(candidate)) return candidate;
    const parent = join(folder, '..');
    if (parent === folder) return candidate;
    folder = parent;
  }
}
