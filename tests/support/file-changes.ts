import fs from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { relative, resolve } from 'node:path';

/** A call that is about to change something below a folder. */
export interface FileChange {
  /** As in `node:fs`: `rename`, `write` … */
  readonly call: string;
  /** Of what is changed, relative to that folder. */
  readonly path: string;
}

type Call = (...args: never[]) => unknown;

/**
 * Tells of every call of `node:fs` that changes something below a folder, before it is made. For the
 * whole process, for good: for programs that a test kills.
 */
export function beforeFileChanges(folder: string, tell: (change: FileChange) => void): void {
  const tellOf = (call: string, path: unknown): void => {
    const inside = relative(folder, resolve(String(path)));
    if (!inside.startsWith('..')) tell({ call, path: inside });
  };
  const paths = new Map<unknown, unknown>();

  function replace(owner: object, name: string, around: (original: Call) => Call): void {
    const calls = owner as Record<string, Call>;
    const original = calls[name]!;
    calls[name] = around(original);
  }
  /** Of functions whose last path is what appears or goes. */
  const ofPath =
    (call: string, which = 0) =>
    (original: Call): Call =>
      function (this: unknown, ...args) {
        tellOf(call, args[which]);
        return original.apply(this, args);
      };
  const ofFile =
    (call: string) =>
    (original: Call): Call =>
      function (this: unknown, ...args) {
        tellOf(call, paths.get(args[0]));
        return original.apply(this, args);
      };

  for (const name of ['mkdir', 'rm', 'rmdir', 'unlink', 'writeFile']) {
    replace(fs, `${name}Sync`, ofPath(name));
    replace(fs.promises, name, ofPath(name));
  }
  for (const name of ['rename', 'link', 'copyFile']) {
    replace(fs, `${name}Sync`, ofPath(name, 1));
    replace(fs.promises, name, ofPath(name, 1));
  }
  replace(fs, 'writeSync', ofFile('write'));
  replace(fs, 'ftruncateSync', ofFile('truncate'));
  replace(fs, 'fsyncSync', ofFile('sync'));
  replace(fs, 'openSync', (original) => (...args) => {
    if (!fs.existsSync(args[0]!)) tellOf('create', args[0]);
    const file = original(...args);
    paths.set(file, args[0]);
    return file;
  });
  replace(fs.promises, 'open', (original) => async (...args) => {
    tellOf('open', args[0]);
    const file = (await original(...args)) as FileHandle;
    for (const name of ['writeFile', 'sync'] as const) {
      replace(file, name, () => {
        const call = file[name].bind(file) as Call;
        return (...more) => (tellOf(name, args[0]), call(...more));
      });
    }
    return file;
  });
  syncBuiltinESMExports();
}
