/** Bytes that may be an image, or part of one: a file, or an entry of a zip file. */
export interface Source {
  /** The path; an entry of a zip follows its path after a `!`. */
  readonly path: string;
  readonly size: number;
  /** Whether a part is read without what lies before it: of a file, but not of what a zip compressed. */
  readonly canSeek?: boolean;
  /** The first `limit` bytes, or all. */
  read(limit?: number): Promise<Uint8Array>;
  /**
   * Parts of it, one after the other; fewer bytes where it ends earlier.
   * @param ranges in ascending order, without overlap.
   */
  readRanges(ranges: readonly ByteRange[]): Promise<Uint8Array<ArrayBuffer>>;
  /** All of it, piece by piece. */
  chunks(): AsyncIterable<Uint8Array>;
}

export interface ByteRange {
  readonly from: number;
  readonly length: number;
}

/** What became of one file. Every file below the given paths has exactly one outcome. */
export interface FileOutcome {
  readonly path: string;
  readonly status: 'loaded' | 'skipped' | 'failed';
  /** Why, in plain words; '' for loaded files. */
  readonly reason: string;
}
