import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import type * as contract from '../../../shared/contract/index.ts';
import { MarginaliaError } from '../../../shared/errors.ts';
import { LINEAGE_FILE, readLineage } from '../../engine/bundle/adapters.ts';
import { openBundle, type Bundle } from '../../engine/bundle/bundle.ts';
import { ADAPTERS_FILE } from '../../engine/bundle/file-names.ts';
import type { Lineage } from '../../engine/bundle/lineage.ts';
import { writeFiles } from '../../export/index.ts';
import { writeVersion, type AdapterVersion } from './version-files.ts';

type VersionInfo = z.infer<typeof contract.AdapterVersion>;

/**
 * Learned adapters that were kept, each in a folder of its own: `<home>/<family>/<version>`, or, from
 * before there were families, `<home>/<bundle>/<version>`. A folder without a lineage is none
 * (`writeVersion`).
 */
export interface VersionShelf {
  /** Where a version lies or would lie. */
  readonly folderOf: (bundle: Bundle, id: string) => string;
  readonly has: (bundle: Bundle, id: string) => boolean;
  /** The oldest first. */
  readonly list: (bundle: Bundle) => Promise<VersionInfo[]>;
  /** Of all bundles; versions whose lineage cannot be read are left out. */
  readonly lineages: () => Promise<Lineage[]>;
  /** A folder to write a version to before it has its name. */
  readonly newFolder: (bundle: Bundle) => string;
  /** Gives what was written to a new folder its place. */
  readonly shelve: (bundle: Bundle, folder: string, id: string) => Promise<void>;
  readonly keep: (bundle: Bundle, version: AdapterVersion) => Promise<void>;
  /** @throws MarginaliaError `unknown-version` */
  readonly rename: (bundle: Bundle, id: string, name: string) => Promise<void>;
  /** @throws MarginaliaError `unknown-version` */
  readonly remove: (bundle: Bundle, id: string) => Promise<void>;
  /** @throws MarginaliaError `unknown-version`, `version-exists`, and as `writeFiles`. */
  readonly exportTo: (bundle: Bundle, id: string, folder: string) => Promise<void>;
  /** @returns its id. @throws MarginaliaError as `openBundle`, of another model's adapters too. */
  readonly importFrom: (bundle: Bundle, folder: string) => Promise<string>;
}

/** What the folder of a version is called. */
const VERSION = /^[0-9a-f]{12}$/;

export function versionShelf(home: string): VersionShelf {
  const homeOf = ({ family }: Bundle): string => join(home, family.slice(0, 16));
  const homesOf = (bundle: Bundle): string[] => [
    homeOf(bundle),
    join(home, bundle.hash.slice(0, 16)),
  ];
  const isVersion = (folder: string): boolean => existsSync(join(folder, LINEAGE_FILE));
  const folderOf = (bundle: Bundle, id: string): string => {
    const folders = homesOf(bundle).map((one) => join(one, id));
    return folders.find(isVersion) ?? folders[0]!;
  };
  const has = (bundle: Bundle, id: string): boolean => isVersion(folderOf(bundle, id));

  function lineageOf(bundle: Bundle, id: string): Lineage {
    if (has(bundle, id)) return readLineage(folderOf(bundle, id));
    throw new MarginaliaError(
      'unknown-version',
      `There is no version ${id} of the model ${bundle.json.name}.`,
      'It may have been removed: look at the list again.',
    );
  }

  /** A version as it lies in a folder. */
  async function read(bundle: Bundle, folder: string): Promise<AdapterVersion> {
    const { version } = await openBundle(bundle.folder, folder);
    return { lineage: version!.lineage, adapters: await readFile(join(folder, ADAPTERS_FILE)) };
  }

  /** Names of folders in a folder that may not be there. */
  const foldersIn = (folder: string): Promise<string[]> =>
    readdir(folder).catch((): string[] => []);

  async function lineages(): Promise<Lineage[]> {
    const all: Lineage[] = [];
    for (const bundle of await foldersIn(home)) {
      for (const id of await foldersIn(join(home, bundle))) {
        const folder = join(home, bundle, id);
        if (!VERSION.test(id) || !existsSync(join(folder, LINEAGE_FILE))) continue;
        try {
          all.push(readLineage(folder));
        } catch {
          // It cannot be put to use either, so nothing is learned from it.
        }
      }
    }
    return all;
  }

  async function keep(bundle: Bundle, version: AdapterVersion): Promise<void> {
    // Equal weights are one version.
    const { id } = version.lineage;
    if (!has(bundle, id)) await writeVersion(folderOf(bundle, id), version);
  }

  return {
    folderOf,
    has,
    async list(bundle) {
      const names = await Promise.all(homesOf(bundle).map(foldersIn));
      return [...new Set(names.flat())]
        .filter((name) => VERSION.test(name) && has(bundle, name))
        .map((name) => describe(lineageOf(bundle, name)))
        .sort((a, b) => (a.created < b.created ? -1 : 1));
    },
    lineages,
    newFolder: (bundle) => join(homeOf(bundle), `new-${crypto.randomUUID()}`),
    async shelve(bundle, folder, id) {
      if (has(bundle, id)) await rm(folder, { recursive: true });
      else await rename(folder, folderOf(bundle, id));
    },
    keep,
    async rename(bundle, id, name) {
      const lineage = { ...lineageOf(bundle, id), name };
      const text = new TextEncoder().encode(`${JSON.stringify(lineage, null, 2)}\n`);
      await writeFiles(folderOf(bundle, id), [
        { name: LINEAGE_FILE, atMost: text.length, content: () => [text] },
      ]);
    },
    async remove(bundle, id) {
      lineageOf(bundle, id);
      const folder = folderOf(bundle, id);
      // Without its lineage it is gone, whatever happens to the rest.
      await rm(join(folder, LINEAGE_FILE));
      await rm(folder, { recursive: true });
    },
    async exportTo(bundle, id, folder) {
      lineageOf(bundle, id);
      await writeVersion(folder, await read(bundle, folderOf(bundle, id)));
    },
    async importFrom(bundle, folder) {
      const version = await read(bundle, folder);
      await keep(bundle, version);
      return version.lineage.id;
    },
  };
}

/** A version as pages list it. */
export function describe(lineage: Lineage): VersionInfo {
  const { judgement, calibration, slices, settings, curve } = lineage;
  const having = (role: 'training' | 'validation'): number =>
    slices.filter((slice) => slice.role === role).length;
  const isFitted = calibration !== null && calibration.outcome !== 'undetermined';
  return {
    id: lineage.id,
    name: lineage.name,
    created: lineage.created,
    parent: lineage.parent,
    slices: { training: having('training'), validation: having('validation') },
    steps: typeof settings['steps'] === 'number' ? settings['steps'] : (curve.at(-1)?.step ?? 0),
    before: judgement && judgement.before,
    after: judgement && judgement.after,
    overruled: judgement?.overruled ?? false,
    temperature: isFitted ? calibration.temperature : null,
    calibration: isFitted
      ? [calibration.before.expectedError, calibration.after.expectedError]
      : null,
    curve: curve.map(({ step, total, dice, validationDice }) => ({
      step,
      total,
      dice,
      ...(validationDice === undefined ? {} : { validationDice }),
    })),
  };
}
