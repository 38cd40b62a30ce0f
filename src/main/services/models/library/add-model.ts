import { existsSync, mkdirSync, renameSync, rmdirSync, readdirSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { join, resolve } from 'node:path';
import { MarginaliaError } from '../../../../shared/errors.ts';
import { openBundle, readModelJson } from '../../../engine/bundle/bundle.ts';
import { expectFile } from '../../../engine/bundle/file-errors.ts';
import { MODEL_FILE } from '../../../engine/bundle/file-names.ts';
import { importCheckpoint } from '../../../engine/bundle/import-checkpoint.ts';
import type { ArchitectureChoices } from '../../../engine/bundle/infer-architecture.ts';
import {
  findModel,
  listModels,
  userModels,
  type LibraryModel,
} from '../../../engine/bundle/library.ts';
import { inNewFolder, requireSpace, sweep } from '../../../engine/bundle/new-folder.ts';
import { shareTowers } from '../../../engine/bundle/share-towers.ts';
import { describeBundle, type Description } from './describe-bundle.ts';
import { requireNewName } from './model-name.ts';

export interface Addition {
  /** A checkpoint, or the folder of a bundle. */
  readonly from: string;
  readonly name: string;
  /** Of a checkpoint: as `importCheckpoint` takes them. */
  readonly config?: string;
  readonly tokenizer?: string;
  readonly choices?: ArchitectureChoices;
  /** What is known of it and does not lie in the file. */
  readonly description?: Description;
  readonly signal?: AbortSignal;
  /** @param done 0 … 1 */
  readonly onProgress?: (text: string, done: number | null) => void;
}

export interface Added {
  readonly model: LibraryModel;
  /** Bytes that other models have too and that are kept once. */
  readonly shared: number;
}

/**
 * Adds a checkpoint or a bundle to the user's library, whole or not at all. Towers that are there
 * already are kept once.
 * @throws MarginaliaError `bad-model-name`, `model-exists`, `cancelled`, as `importCheckpoint`, of a
 *   bundle as `openBundle`, and as `inNewFolder`.
 */
export async function addModel(addition: Addition): Promise<Added> {
  const { name, signal } = addition;
  requireNewName(name);
  const from = resolve(addition.from);
  const isFolder = statSync(from, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (!isFolder) expectFile(from);
  const bytes = isFolder ? bytesOf(from) : 0;
  let shared = 0;
  sweep(userModels());
  const others = listModels().map(({ folder }) => folder);
  try {
    await inNewFolder(join(userModels(), name), bytes, async (partial) => {
      requireSpace(userModels(), `The model ${name}`, bytes);
      if (isFolder) await copyBundle(from, partial, addition);
      else await importInto(partial, { ...addition, from }, others);
      addition.onProgress?.('Looking for towers that are there already', null);
      await describeBundle(partial, { ...addition.description, name });
      shared = await shareTowers(partial, others);
      signal?.throwIfAborted();
    });
  } catch (error) {
    if (!signal?.aborted) throw error;
    throw new MarginaliaError('cancelled', 'The import was cancelled; nothing was added.');
  }
  return { model: findModel(name), shared };
}

/** The import names a bundle by its folder, so it gets one of the final name inside of the partial one. */
async function importInto(
  partial: string,
  addition: Addition,
  donors: readonly string[],
): Promise<void> {
  const { from: checkpoint, name, config, tokenizer, choices, signal, onProgress } = addition;
  const inner = join(partial, name);
  await importCheckpoint({
    checkpoint,
    out: inner,
    donors,
    ...(config !== undefined && { config }),
    ...(tokenizer !== undefined && { tokenizer }),
    ...(choices !== undefined && { choices }),
    ...(signal !== undefined && { signal }),
    onProgress: ({ bytes, of }) => onProgress?.('Reading the checkpoint', bytes / of),
  });
  for (const file of readdirSync(inner)) renameSync(join(inner, file), join(partial, file));
  rmdirSync(inner);
}

const bytesOf = (bundle: string): number =>
  Object.values(readModelJson(bundle).files).reduce((sum, { bytes }) => sum + bytes, 0);

/** Copies the files that a bundle lists, and checks what arrived. */
async function copyBundle(from: string, to: string, addition: Addition): Promise<void> {
  const { signal, onProgress } = addition;
  const { files } = readModelJson(from);
  const all = bytesOf(from);
  let done = 0;
  async function* counted(path: string): AsyncGenerator<Uint8Array> {
    for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) {
      const bytes = piece as Uint8Array;
      onProgress?.('Copying', Math.min(1, (done += bytes.length) / all));
      yield bytes;
    }
  }
  if (!existsSync(to)) mkdirSync(to);
  for (const file of [...Object.keys(files), MODEL_FILE]) {
    expectFile(join(from, file));
    const options = { flush: true, ...(signal && { signal }) };
    await writeFile(join(to, file), counted(join(from, file)), options);
  }
  await openBundle(to);
}
