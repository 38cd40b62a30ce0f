import { open, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import {
  fromRandomAccessReaderPromise,
  RandomAccessReader,
  type Options,
  type ZipFile,
} from 'yauzl';

/** Members are read in pieces of this many bytes. */
const PIECE = 1 << 18;

export interface OpenZip {
  readonly zip: ZipFile;
  /** Ends what is being read. */
  readonly close: () => Promise<void>;
}

/**
 * Opens a zip for yauzl; its entries are not read yet.
 * @throws what the file system and yauzl say.
 */
export async function openZip(path: string, options: Options = {}): Promise<OpenZip> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const reader = new BoundedReader(file, size);
    const zip = await fromRandomAccessReaderPromise(reader, size, { ...options, autoClose: false });
    return { zip, close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * Reads inside the file only, as the directory of a damaged zip leads anywhere. yauzl 3.4 has a reader of
 * files that hands every place to fs.read, which throws for those beyond 2^53, from within a callback:
 * opening a zip whose ZIP64 end record was said to lie at 2^60 ended the process.
 */
class BoundedReader extends RandomAccessReader {
  readonly #file: FileHandle;
  readonly #size: number;

  constructor(file: FileHandle, size: number) {
    super();
    this.#file = file;
    this.#size = size;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    const isInside = position + length <= this.#size;
    const reading = isInside
      ? this.#file.read(buffer, offset, length, position)
      : Promise.resolve({ bytesRead: 0 });
    reading.then(
      ({ bytesRead }) => callback(bytesRead < length ? new RangeError('unexpected EOF') : null),
      callback,
    );
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.#pieces(start, end), { objectMode: false, highWaterMark: PIECE });
  }

  async *#pieces(start: number, end: number): AsyncGenerator<Buffer> {
    for (let at = start; at < end;) {
      const buffer = Buffer.allocUnsafe(Math.min(PIECE, end - at));
      const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, at);
      // yauzl counts the bytes, and says that there are too few.
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  }
}
