/** Whole numbers of up to 32 bits as bytes: 7 bits each, low ones first, the top bit = more follow. */

/** Bytes that grow as they are written. */
export interface ByteWriter {
  readonly byte: (value: number) => void;
  readonly varint: (value: number) => void;
  /** What was written, in an array of its own. */
  readonly bytes: () => Uint8Array;
}

/** Writes unsigned integers in seven bits a byte, the lowest first (LEB128). */
export function byteWriter(): ByteWriter {
  let buffer = new Uint8Array(256);
  let count = 0;
  function byte(value: number): void {
    if (count === buffer.length) {
      const longer = new Uint8Array(2 * count);
      longer.set(buffer);
      buffer = longer;
    }
    buffer[count++] = value;
  }
  function varint(value: number): void {
    for (; value > 0x7f; value >>>= 7) byte((value & 0x7f) | 0x80);
    byte(value);
  }
  return { byte, varint, bytes: () => buffer.slice(0, count) };
}

export interface ByteReader {
  readonly atEnd: () => boolean;
  /** Both give undefined where the bytes end too early. */
  readonly byte: () => number | undefined;
  /** Undefined also for more than 32 bits, and for a number written longer than it needs to be. */
  readonly varint: () => number | undefined;
}

/** Reads what `byteWriter` wrote; undefined where the bytes end or do not fit. */
export function byteReader(bytes: Uint8Array): ByteReader {
  let at = 0;
  function varint(): number | undefined {
    let value = 0;
    for (let scale = 1; scale < 2 ** 35; scale *= 128) {
      const next = bytes[at++];
      if (next === undefined) return undefined;
      value += (next & 0x7f) * scale;
      if (next < 0x80) return value < 2 ** 32 && (next > 0 || scale === 1) ? value : undefined;
    }
    return undefined;
  }
  return { atEnd: () => at >= bytes.length, byte: () => bytes[at++], varint };
}
