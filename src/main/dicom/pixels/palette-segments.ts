/**
 * The entries of a segmented palette table: PS3.3 C.7.9.2. A segment holds values, leads in a straight
 * line from the value before to another one, or repeats segments from earlier on.
 * @param units of the table: bytes, or words of 16 bits, as wide as an entry.
 * @param count entries wanted: expansion ends there, whatever the table goes on to claim.
 * @returns undefined where a segment is of no such kind, or the table ends before its entries do.
 */
export function expandSegments(
  units: Uint8Array | Uint16Array,
  count: number,
): Uint16Array | undefined {
  const table: number[] = [];
  const isWhole = expand(units, 0, Infinity, { table, count, depth: 0 });
  return isWhole && table.length >= count ? Uint16Array.from(table.slice(0, count)) : undefined;
}

interface Expansion {
  readonly table: number[];
  readonly count: number;
  /** 1 inside the segments that an indirect one repeats, which are not indirect themselves. */
  readonly depth: 0 | 1;
}

function expand(
  units: Uint8Array | Uint16Array,
  start: number,
  segments: number,
  expansion: Expansion,
): boolean {
  const { table, count, depth } = expansion;
  let at = start;
  for (let s = 0; s < segments && table.length < count; s++) {
    const [kind, length] = units.subarray(at, at + 2);
    if (length === undefined) return false;
    at += 2;
    if (kind === 0) {
      table.push(...units.subarray(at, at + length));
      at += length;
    } else if (kind === 1) {
      const [from, to] = [table.at(-1), units[at]];
      if (from === undefined || to === undefined) return false;
      for (let i = 0; i < length; i++) table.push(onLine(from, to, i, length));
      at += 1;
    } else if (kind === 2 && depth === 0 && table.length > 0) {
      const place = offsetAt(units, at);
      if (place === undefined || !expand(units, place, length, { ...expansion, depth: 1 }))
        return false;
      at += units.BYTES_PER_ELEMENT === 1 ? 4 : 2;
    } else {
      return false;
    }
    if (at > units.length) return false;
  }
  return true;
}

/** Value i of `length` on the way to `to`, which is the last one; halves go to the even side, as numpy's. */
function onLine(from: number, to: number, i: number, length: number): number {
  const value = from + ((to - from) * (i + 1)) / length;
  const below = Math.floor(value);
  if (value - below === 0.5) return below % 2 === 0 ? below : below + 1;
  return Math.round(value);
}

/** Bytes from the table's beginning, the less significant word first → units. */
function offsetAt(units: Uint8Array | Uint16Array, at: number): number | undefined {
  const parts = units.subarray(at, at + (units.BYTES_PER_ELEMENT === 1 ? 4 : 2));
  if (parts.length < (units.BYTES_PER_ELEMENT === 1 ? 4 : 2)) return undefined;
  const bits = 8 * units.BYTES_PER_ELEMENT;
  const bytes = [...parts].reduceRight((sum, part) => sum * 2 ** bits + part, 0);
  return Math.floor(bytes / units.BYTES_PER_ELEMENT);
}
