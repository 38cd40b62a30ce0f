import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { z } from 'zod';
import type * as contract from '../../../shared/contract/index.ts';
import { MarginaliaError } from '../../../shared/errors.ts';
import type { OpenedStack, Workspace } from '../../workspace/index.ts';
import { isWithin, type Session, type StreamContext } from '../session/index.ts';

type Progress = z.infer<typeof contract.Progress>;

/**
 * Opens a stack that the workspace knows, as it was opened before: from the recent paths that hold its
 * files, else from their folders.
 * @throws MarginaliaError `files-gone` where its files are no longer there, or no longer make this
 *   stack; and as `volumes.open`.
 */
export async function reopen(
  session: Session,
  workspace: Workspace,
  { stack, files, description }: OpenedStack,
  context: StreamContext<Progress>,
): Promise<void> {
  const recents = workspace.recents.list().map(({ paths }) => paths);
  const ways = [
    ...recents.filter((paths) => files.every((file) => paths.some((path) => isIn(file, path)))),
    [...new Set(files.map((file) => (fileOf(file) === file ? dirname(file) : fileOf(file))))],
  ];
  for (const paths of ways) {
    if (!paths.every((path) => existsSync(path))) continue;
    const source = await session.streams['sources.open']({ paths: [...paths] }, context);
    if (!source.stacks.some(({ id }) => id === stack)) continue;
    // Who resampled it before has labels on those slices.
    const { emit } = context;
    await session.streams['volumes.open'](
      { stack, resample: true },
      { ...context, emit: (frame) => frame.kind === 'progress' && emit(frame) },
    );
    return;
  }
  throw new MarginaliaError(
    'files-gone',
    `The files of ${description || stack} are not where they were: ${files[0] ?? 'there are none'}.`,
    'Open them in the window from where they are now; the labels are kept.',
  );
}

/** The files of a stack that are gone. */
export const missingFiles = ({ files }: OpenedStack): string[] =>
  [...new Set(files.map(fileOf))].filter((file) => !existsSync(file));

/** The zip in which an entry lies, which follows it after a `!`; other files are themselves. */
function fileOf(file: string): string {
  if (existsSync(file)) return file;
  for (let at = file.indexOf('!'); at >= 0; at = file.indexOf('!', at + 1)) {
    if (existsSync(file.slice(0, at))) return file.slice(0, at);
  }
  return file;
}

const isIn = (file: string, path: string): boolean =>
  isWithin(path, file) || file.startsWith(`${path}!`);
