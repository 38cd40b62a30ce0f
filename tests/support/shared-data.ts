import { existsSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'vitest';

const root = resolve(import.meta.dirname, '../../../shared');

/**
 * Path of test data beside the repository, or undefined where it is missing. Without links, as the
 * application names what it opens: `../shared` may be one.
 */
export function sharedPath(...parts: readonly string[]): string | undefined {
  const path = join(root, ...parts);
  return existsSync(path) ? realpathSync(path) : undefined;
}

/** A suite on data that lies beside the repository: skipped, saying so, where it is missing. */
export function describeShared(
  name: string,
  parts: readonly string[],
  suite: (path: string) => void,
): void {
  const path = sharedPath(...parts);
  describe(name, () => {
    if (path !== undefined) suite(path);
    // An empty suite would be left out of the report.
    else it.skip(`skipped: needs ../shared/${parts.join('/')}, which is not here`, () => {});
  });
}
