// Loaded before a command by a test: as soon as the command has made the folder that it writes into
// until all is there, it gets the signal of Ctrl-C.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import process from 'node:process';

const { mkdirSync } = fs;
fs.mkdirSync = (path, ...options) => {
  const made = mkdirSync(path, ...options);
  if (String(path).includes('.partial-')) process.kill(process.pid, 'SIGINT');
  return made;
};
syncBuiltinESMExports();
