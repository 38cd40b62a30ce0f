import { existsSync, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MarginaliaError, toErrorInfo, type ErrorInfo } from '../../../shared/errors.ts';
import { openBundle, type Bundle } from './bundle.ts';
import { withFileErrors } from './file-errors.ts';
import { MODEL_FILE } from './file-names.ts';

/** Where models are looked for: the shipped ones, then the user's. */
export function modelFolders(): string[] {
  return [shippedModels(), userModels()];
}

/** `resources/models` of the application, from the sources and from the build alike. */
function shippedModels(): string {
  let folder = fileURLToPath(new URL('.', import.meta.url));
  for (;;) {
    const candidate = join(folder, 'resources', 'models');
    if (existsSync(candidate)) return candidate;
    const parent = join(folder, '..');
    if (parent === folder) return candidate;
    folder = parent;
  }
}

/** MARGINALIA_MODELS, or the place where the platform keeps a user's data. */
function userModels(): string {
  const set = process.env['MARGINALIA_MODELS'];
  if (set) return set;
  if (process.platform === 'win32') {
    return join(process.env['LOCALAPPDATA'] ?? homedir(), 'Marginalia', 'models');
  }
  if (process.platform === 'darwin') {
    return join(homedir(), 'Library', 'Application Support', 'Marginalia', 'models');
  }
  return join(
    process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'),
    'marginalia',
    'models',
  );
}

/** Names of all models in the library, built-in ones first: those of the user override none. */
export function listModels(): { name: string; folder: string }[] {
  const folders = new Map<string, string>();
  for (const folder of modelFolders()) {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) continue;
    for (const name of withFileErrors(`${folder} cannot be read`, () => readdirSync(folder))) {
      if (!folders.has(name) && isBundle(join(folder, name))) folders.set(name, join(folder, name));
    }
  }
  return [...folders].map(([name, folder]) => ({ name, folder }));
}

/** A model of the library: its bundle, or why it cannot be used. */
export interface LibraryEntry {
  readonly name: string;
  readonly folder: string;
  readonly bundle: Bundle | ErrorInfo;
}

/** Opens every model of the library, which reads and checks all its files. */
export async function inspectModels(): Promise<LibraryEntry[]> {
  const entries: LibraryEntry[] = [];
  for (const { name, folder } of listModels()) {
    entries.push({ name, folder, bundle: await openBundle(folder).catch(toErrorInfo) });
  }
  return entries;
}

const isBundle = (folder: string): boolean => existsSync(join(folder, MODEL_FILE));

/**
 * The folder of a bundle that is given by its path or its name; `default` is the shipped one.
 * @throws MarginaliaError `unknown-model`
 */
export function resolveBundle(nameOrPath: string): string {
  if (isBundle(nameOrPath)) return nameOrPath;
  const models = listModels();
  const named = models.find(({ name }) => name === nameOrPath);
  if (named !== undefined) return named.folder;
  throw new MarginaliaError(
    'unknown-model',
    `There is no model bundle at or called ${nameOrPath}.`,
    `Known names: ${models.map(({ name }) => name).join(', ') || 'none'}. A path must lead to a folder with ${MODEL_FILE}.`,
  );
}
