import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import type * as contract from '../../../../shared/contract/index.ts';
import { MarginaliaError, toErrorInfo } from '../../../../shared/errors.ts';
import { readModelJson } from '../../../engine/bundle/bundle.ts';
import { readText } from '../../../engine/bundle/file-errors.ts';
import { WEIGHTS_FILE } from '../../../engine/bundle/file-names.ts';
import { identify } from '../../../engine/bundle/identity.ts';
import {
  findModel,
  listModels,
  DEFAULT,
  type LibraryModel,
} from '../../../engine/bundle/library.ts';
import { isSameFile } from '../../../engine/bundle/share-towers.ts';
import { CARD_FILE } from './describe-bundle.ts';
import { readMeasurement } from './measurements.ts';

type Summary = z.infer<typeof contract.ModelSummary>;
type Card = z.infer<typeof contract.ModelCard>;

/** All models, as their model.json and the sizes of their files tell: nothing large is read. */
export function summariseModels(): Summary[] {
  const chosen = defaultFolder();
  return listModels().map((model) => summarise(model, model.folder === chosen));
}

function defaultFolder(): string | null {
  try {
    return findModel(DEFAULT).folder;
  } catch {
    return null;
  }
}

function summarise({ id, name, folder, shipped }: LibraryModel, isDefault: boolean): Summary {
  const about = { id, name, shipped, isDefault };
  try {
    const json = readModelJson(folder);
    const { hash, family } = identify(json);
    const sizes = Object.entries(json.files).map(([file, { bytes }]) =>
      sizeOf(join(folder, file), file, bytes),
    );
    return {
      ...about,
      untrained: json.untrained === true,
      version: json.version,
      description: json.description,
      hash,
      family,
      bytes: sizes.reduce((sum, { bytes }) => sum + bytes, 0),
      shared: sizes.reduce((sum, { bytes, links }) => sum + (links > 1 ? bytes : 0), 0),
      problem: null,
    };
  } catch (error) {
    const nothing = {
      untrained: false,
      version: '',
      description: '',
      hash: '',
      family: '',
      bytes: 0,
      shared: 0,
    };
    return { ...about, ...nothing, problem: toErrorInfo(error) };
  }
}

function sizeOf(
  path: string,
  file: string,
  expected: number,
): { readonly bytes: number; readonly links: number } {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.size === expected) return { bytes: stat.size, links: stat.nlink };
  throw new MarginaliaError(
    stat === undefined ? 'bundle-file-missing' : 'bundle-hash-mismatch',
    stat === undefined
      ? `It lacks ${file}.`
      : `${file} has ${stat.size} bytes instead of ${expected}.`,
    'Remove it, and import or download it again.',
  );
}

/**
 * What is to be known of a model before it is used.
 * @throws MarginaliaError as `findModel`, `readModelJson`.
 */
export function cardOf(id: string): Card {
  const model = findModel(id);
  const json = readModelJson(model.folder);
  const { variants } = identify(json);
  const text = join(model.folder, CARD_FILE);
  const others = listModels().filter(({ folder }) => folder !== model.folder);
  return {
    ...summarise(model, model.folder === defaultFolder()),
    folder: model.folder,
    licence: json.licence,
    prompts: json.prompts.map(({ label, prompt, modality }) => ({
      label,
      prompt,
      modality: modality ?? null,
    })),
    variants: variants.map(({ precision, file }) => ({
      precision,
      bytes: json.files[file]?.bytes ?? 0,
    })),
    text: existsSync(text) ? readText(text) : '',
    sharesWith: others
      .filter(({ folder }) =>
        isSameFile(join(folder, WEIGHTS_FILE), join(model.folder, WEIGHTS_FILE)),
      )
      .map((other) => other.id),
    measured: readMeasurement(variants[0].hash),
  };
}
