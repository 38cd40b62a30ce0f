import { closeSync, fsyncSync, openSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Names in the folder of a workspace. */
export const DATABASE = 'workspace.sqlite';
export const BACKUPS = 'backups';
export const LOCK = 'lock';

/** MARGINALIA_WORKSPACE, or a folder in the place where the platform keeps a user's data. */
export function defaultWorkspaceFolder(): string {
  const set = process.env['MARGINALIA_WORKSPACE'];
  if (set) return set;
  if (process.platform === 'win32') {
    return join(process.env['LOCALAPPDATA'] ?? homedir(), 'Marginalia', 'workspace');
  }
  if (process.platform === 'darwin') {
    return join(homedir(), 'Library', 'Application Support', 'Marginalia', 'workspace');
  }
  const data = process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share');
  return join(data, 'marginalia', 'workspace');
}

/** The present time as part of a file's name. */
export const timeForNames = (): string => new Date().toISOString().replace(/[:.]/g, '-');

/** Flushes the content of a file to the disk. */
export function flushFile(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Flushes the names in a folder to the disk; Windows has no such call for folders. */
export function flushFolder(path: string): void {
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

export function renameDurably(from: string, to: string): void {
  renameSync(from, to);
  flushFolder(dirname(to));
}
