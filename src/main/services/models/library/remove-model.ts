import { renameSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { MarginaliaError } from '../../../../shared/errors.ts';
import { readDefault, writeDefault } from '../../../engine/bundle/default-model.ts';
import { withFileErrors } from '../../../engine/bundle/file-errors.ts';
import { usersOf } from '../../../engine/bundle/in-use.ts';
import { DEFAULT, userModels, type LibraryModel } from '../../../engine/bundle/library.ts';
import { sweep } from '../../../engine/bundle/new-folder.ts';

/**
 * Removes a model of the user's library. What other models share with it stays. Where it was the
 * default, the shipped one is again. Versions that were learned from it stay in their workspaces.
 * @throws MarginaliaError `shipped-model`, `model-in-use`, `file-not-accessible`.
 */
export async function removeModel({ id, name, folder, shipped }: LibraryModel): Promise<void> {
  if (shipped) {
    throw new MarginaliaError(
      'shipped-model',
      `${id} came with the application and cannot be removed.`,
      'Make another model the default instead.',
    );
  }
  const users = usersOf(folder).filter((pid) => pid !== process.pid);
  if (users.length > 0) {
    throw new MarginaliaError(
      'model-in-use',
      `${id} is used by another Marginalia (process ${users.join(', ')}).`,
      'Wait until it has ended, or close it.',
    );
  }
  if (isDefault(name)) writeDefault(userModels(), null);
  // Under its new name it is no model, whatever happens to the rest.
  const home = dirname(folder);
  const removed = join(home, `.${basename(folder)}.removed-${process.pid}`);
  sweep(home);
  await rm(removed, { recursive: true, force: true });
  withFileErrors(`${folder} cannot be removed`, () => renameSync(folder, removed));
  await rm(removed, { recursive: true, force: true });
}

function isDefault(name: string): boolean {
  try {
    return readDefault(userModels()) === name;
  } catch {
    return false;
  }
}

/**
 * Makes a model the one that `default` means, in all workspaces and commands that do not name another.
 * @throws MarginaliaError as `writeDefault`.
 */
export function makeDefault({ name, shipped }: LibraryModel): void {
  writeDefault(userModels(), shipped && name === DEFAULT ? null : name);
}
