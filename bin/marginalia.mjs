#!/usr/bin/env node
// Runs the built command where it is what the sources say, the TypeScript sources otherwise.
import { ensureBuilt, isBuilt } from './build.mjs';

const [command, ...rest] = process.argv.slice(2);
const asksForHelp = rest.some((word) => word === '--help' || word === '-h');
// What shows the page needs it built.
if ((command === 'start' || command === 'serve') && !asksForHelp) await ensureBuilt();

if (isBuilt()) {
  await import('../out/main/cli.js');
} else {
  const { register } = await import('tsx/esm/api');
  register();
  await import('../src/cli/index.ts');
}
