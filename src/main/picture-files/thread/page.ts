import { MarginaliaError } from '../../../shared/errors.ts';
import type { Channels } from '../../../shared/image/index.ts';

/** One picture of a file (a TIFF may have several), without its pixels. */
export interface PageHeader {
  /** As it is displayed: after its EXIF orientation. */
  readonly columns: number;
  readonly rows: number;
  readonly channels: Channels;
  /** Of a value, as it is handed over: colour has 8. */
  readonly bits: 8 | 16;
}

/** Pages that follow one another. */
export interface PageRange {
  readonly from: number;
  readonly count: number;
}

/** A decoded picture, after its orientation; column fastest, the channels of a pixel side by side. */
export interface Page {
  readonly columns: number;
  readonly rows: number;
  readonly values: Uint8Array | Uint16Array;
}

/** What is wrong with a picture, as the end of a sentence; `decoder` names the file. */
export const unreadable = (why: string): MarginaliaError =>
  new MarginaliaError('unreadable-picture', why);
