import { existsSync, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { MarginaliaError, toErrorInfo, type ErrorInfo } from '../../../shared/errors.ts';
import { openBundle, readModelJson, type Bundle } from './bundle.ts';
import { readDefault } from './default-model.ts';
import { withFileErrors } from './file-errors.ts';
import { MODEL_FILE } from './file-names.ts';
import { identify } from './identity.ts';
import { resourcePath } from './resource-path.ts';

/** Where models are looked for: the shipped ones, then the user's. */
export function modelFolders(): string[] {
  return [resourcePath('models'), userModels()];
}

/** MARGINALIA_MODELS, or the place where the platform keeps a user's data. */
export function userModels(): string {
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

/** The model that `default` means, whichever that is. */
export const DEFAULT = 'default';
/** The shipped model, whatever `default` means. */
export const SHIPPED = 'shipped';

export interface LibraryModel {
  /**
   * How settings and commands call it: its name, and where that is not enough, as another one has it
   * too, `name@` and the first digits of its hash.
   */
  readonly id: string;
  /** Of its folder. */
  readonly name: string;
  readonly folder: string;
  /** Whether it came with the application. */
  readonly shipped: boolean;
}

/** All models of the library, shipped ones first. Only names are read: a model may be damaged. */
export function listModels(): LibraryModel[] {
  const found = modelFolders().flatMap((home, n) =>
    bundlesIn(home).map((name) => ({ name, folder: join(home, name), shipped: n === 0 })),
  );
  const isTaken = (name: string): boolean =>
    name === DEFAULT || name === SHIPPED || found.filter((one) => one.name === name).length > 1;
  const shippedId = hasOtherDefault() ? SHIPPED : DEFAULT;
  return found.map((model) => {
    const { name, folder, shipped } = model;
    if (shipped && name === DEFAULT) return { ...model, id: shippedId };
    return { ...model, id: isTaken(name) ? `${name}@${shortHash(folder)}` : name };
  });
}

function bundlesIn(home: string): string[] {
  if (!statSync(home, { throwIfNoEntry: false })?.isDirectory()) return [];
  return withFileErrors(`${home} cannot be read`, () => readdirSync(home))
    .filter((name) => !name.startsWith('.') && isBundle(join(home, name)))
    .sort();
}

function hasOtherDefault(): boolean {
  try {
    return readDefault(userModels()) !== null;
  } catch {
    // Whoever asks for the default is told why it cannot be read.
    return true;
  }
}

/** The first digits of a bundle's hash as model.json gives it, for telling bundles apart. */
function shortHash(folder: string): string {
  try {
    return identify(readModelJson(folder)).hash.slice(0, 8);
  } catch {
    return 'damaged';
  }
}

/** A model of the library: its bundle, or why it cannot be used. */
export interface LibraryEntry extends LibraryModel {
  readonly bundle: Bundle | ErrorInfo;
}

/** Opens every model of the library, which reads and checks all its files. */
export async function inspectModels(): Promise<LibraryEntry[]> {
  const entries: LibraryEntry[] = [];
  for (const model of listModels()) {
    entries.push({ ...model, bundle: await openBundle(model.folder).catch(toErrorInfo) });
  }
  return entries;
}

const isBundle = (folder: string): boolean => existsSync(join(folder, MODEL_FILE));

/**
 * The folder of a bundle that is given by its path, or a model of the library by its id or name.
 * @throws MarginaliaError `unknown-model`, `ambiguous-model`; of the default `bad-default` too.
 */
export function resolveBundle(nameOrPath: string): string {
  // A folder that happens to be called so in the working directory is not meant.
  const isPath = nameOrPath !== DEFAULT && nameOrPath !== SHIPPED && isBundle(nameOrPath);
  return isPath ? nameOrPath : findModel(nameOrPath).folder;
}

/**
 * A model of the library by its id, its name, or `name@` and at least four digits of its hash.
 * @throws MarginaliaError as `resolveBundle`.
 */
export function findModel(wanted: string): LibraryModel {
  const models = listModels();
  if (wanted === DEFAULT) return defaultModel(models);
  if (wanted === SHIPPED) {
    const shipped = models.find((model) => model.shipped && model.name === DEFAULT);
    return shipped ?? unknownModel(wanted, models);
  }
  const exact = models.find(({ id }) => id === wanted);
  if (exact !== undefined) return exact;
  const [, name, digits] = /^(.*)@([0-9a-f]{4,})$/.exec(wanted) ?? [undefined, wanted, ''];
  const named = models.filter(
    (model) => model.name === name && (digits === '' || hashStarts(model.folder, digits!)),
  );
  if (named.length > 1) {
    throw new MarginaliaError(
      'ambiguous-model',
      `There are ${named.length} models called ${wanted}.`,
      `Say which one: ${named.map(({ id }) => id).join(' or ')}.`,
    );
  }
  return named[0] ?? unknownModel(wanted, models);
}

function defaultModel(models: readonly LibraryModel[]): LibraryModel {
  const chosen = readDefault(userModels());
  if (chosen === null) {
    const shipped = models.find((model) => model.shipped && model.name === DEFAULT);
    return shipped ?? unknownModel(DEFAULT, models);
  }
  const named = models.filter(({ name }) => name === chosen);
  const model = named.find(({ shipped }) => !shipped) ?? named[0];
  if (model !== undefined) return model;
  throw new MarginaliaError(
    'unknown-model',
    `The default model ${chosen} is not in ${userModels()} any more.`,
    'Choose another default: in Models, or with `marginalia model default <name>` (`shipped` for the shipped one).',
  );
}

function hashStarts(folder: string, digits: string): boolean {
  try {
    return identify(readModelJson(folder)).hash.startsWith(digits);
  } catch {
    return false;
  }
}

function unknownModel(wanted: string, models: readonly LibraryModel[]): never {
  throw new MarginaliaError(
    'unknown-model',
    `There is no model bundle at or called ${wanted}.`,
    `Known names: ${models.map(({ id }) => id).join(', ') || 'none'}. A path must lead to a folder with ${MODEL_FILE}.`,
  );
}
