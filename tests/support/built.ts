import { build, isBuilt } from '../../bin/build.mjs';

/** Builds the application into `out/` where that is older than the sources. @throws what went wrong. */
export async function requireBuilt(): Promise<void> {
  const problem = isBuilt() ? undefined : await build();
  if (problem !== undefined) throw new Error(problem);
}
