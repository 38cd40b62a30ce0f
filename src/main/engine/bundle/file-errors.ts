import { readFileSync, statSync } from 'node:fs';
import { MarginaliaError } from '../../../shared/errors.ts';

/**
 * What the file system says, in the user's words; any other error is returned as it is.
 * @param doing what failed, as the start of a sentence: “/models/a cannot be read”.
 */
export function explainFileError(error: unknown, doing: string): unknown {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
      return new MarginaliaError(
        'no-such-file',
        `${doing}: there is no such file or folder.`,
        'Check the path.',
      );
    case 'EISDIR':
      return new MarginaliaError('not-a-file', `${doing}: it is a folder.`, 'Give a file.');
    case 'ENOSPC':
    case 'EDQUOT':
      return new MarginaliaError(
        'no-space',
        `${doing}: there is no space left. Nothing was written.`,
        'Make room on that disk, or write to another one.',
        { cause: error },
      );
  }
  // Only what the file system refused has a system call.
  if (syscall === undefined) return error;
  return new MarginaliaError(
    'file-not-accessible',
    `${doing}: the system does not allow it (${code}).`,
    'Check the path and its permissions.',
    { cause: error },
  );
}

/** Runs `work`; what the file system refuses is thrown in the user's words. */
export function withFileErrors<T>(doing: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw explainFileError(error, doing);
  }
}

/**
 * Throws unless the path leads to a file: opening a pipe would wait for ever.
 * @throws MarginaliaError `no-such-file`, `not-a-file`, `file-not-accessible`.
 */
export function expectFile(path: string): { readonly bytes: number } {
  const stat = withFileErrors(`${path} cannot be read`, () => statSync(path));
  if (stat.isFile()) return { bytes: stat.size };
  const what = stat.isDirectory() ? 'it is a folder' : 'it is a device or a pipe';
  throw new MarginaliaError('not-a-file', `${path} cannot be read: ${what}.`, 'Give a file.');
}

/** The largest tokenizers have some tens of megabytes. */
const MOST_TEXT_BYTES = 1 << 28;

/**
 * A file of settings or words as text.
 * @throws MarginaliaError as expectFile; `file-too-large` for what is no such file.
 */
export function readText(path: string): string {
  const { bytes } = expectFile(path);
  if (bytes > MOST_TEXT_BYTES) {
    throw new MarginaliaError(
      'file-too-large',
      `${path} cannot be read as text: it has ${(bytes / 1e6).toFixed(0)} MB.`,
      'Check the path: it leads to a file of another kind.',
    );
  }
  return withFileErrors(`${path} cannot be read`, () => readFileSync(path, 'utf8'));
}
