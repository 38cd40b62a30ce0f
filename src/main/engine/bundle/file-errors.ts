import { MarginaliaError } from '../../../shared/errors.ts';

/**
 * What the file system says, in the user's words; any other error is returned as it is.
 * @param doing what failed, as the start of a sentence: “/models/a cannot be read”.
 */
export function explainFileError(error: unknown, doing: string): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  switch (code) {
    case 'ENOENT':
      return new MarginaliaError(
        'no-such-file',
        `${doing}: there is no such file.`,
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
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOTDIR':
    case 'EEXIST':
    case 'ENAMETOOLONG':
    case 'EIO':
      return new MarginaliaError(
        'file-not-accessible',
        `${doing}: the system does not allow it (${code}).`,
        'Check the path and its permissions.',
        { cause: error },
      );
    default:
      return error;
  }
}

/** Runs `work`; what the file system refuses is thrown in the user's words. */
export function withFileErrors<T>(doing: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw explainFileError(error, doing);
  }
}
