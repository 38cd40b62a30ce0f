/**
 * The one error type that crosses modules and processes: what happened in the user's words,
 * and what to do about it.
 */
export interface ErrorInfo {
  /** Stable, kebab-case, for programs: `no-dicom-found`, `bundle-hash-mismatch`, … */
  readonly code: string;
  /** What is wrong and where, in one sentence. */
  readonly message: string;
  /** What the user can do. */
  readonly hint?: string;
}

export class MarginaliaError extends Error {
  readonly code: string;
  readonly hint: string | undefined;

  constructor(code: string, message: string, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MarginaliaError';
    this.code = code;
    this.hint = hint;
  }
}

/** The command was called wrongly (exit code 2), as opposed to having failed (exit code 1). */
export class UsageError extends MarginaliaError {
  constructor(message: string, hint?: string) {
    super('usage', message, hint);
    this.name = 'UsageError';
  }
}

/** A plain object of any thrown value, fit for a message between processes. */
export function toErrorInfo(error: unknown): ErrorInfo {
  if (error instanceof MarginaliaError) {
    return error.hint === undefined
      ? { code: error.code, message: error.message }
      : { code: error.code, message: error.message, hint: error.hint };
  }
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) };
}

/** The error that `toErrorInfo` described; its cause is lost on the way. */
export function fromErrorInfo(info: ErrorInfo): MarginaliaError {
  return new MarginaliaError(info.code, info.message, info.hint);
}
