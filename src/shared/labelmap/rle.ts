import { MarginaliaError } from '../errors.ts';
import { byteReader, byteWriter } from './varint.ts';

/**
 * Labels as runs: of each run its value (one byte), then how many pixels it covers (varint).
 * Neighbouring runs differ, so that equal labels give equal bytes.
 */
export function encodeRuns(labels: Uint8Array): Uint8Array {
  const out = byteWriter();
  for (let from = 0, to = 0; from < labels.length; from = to) {
    const value = labels[from]!;
    while (to < labels.length && labels[to] === value) to++;
    out.byte(value);
    out.varint(to - from);
  }
  return out.bytes();
}

/**
 * The labels that `encodeRuns` was given.
 * @param length how many they are; bytes that say otherwise are damaged.
 * @throws MarginaliaError `damaged-runs` for anything that `encodeRuns` does not write.
 */
export function decodeRuns(bytes: Uint8Array, length: number): Uint8Array {
  const labels = new Uint8Array(length);
  const input = byteReader(bytes);
  let filled = 0;
  let last = -1;
  while (!input.atEnd()) {
    const value = input.byte();
    const run = input.varint();
    if (value === undefined || run === undefined) throw damaged('a run is cut off or malformed');
    if (run === 0 || value === last) throw damaged('runs are not as they are written');
    if (run > length - filled) throw damaged(`they cover more than ${length} pixels`);
    labels.fill(value, filled, filled + run);
    filled += run;
    last = value;
  }
  if (filled < length) throw damaged(`they cover ${filled} of ${length} pixels`);
  return labels;
}

const damaged = (why: string): MarginaliaError =>
  new MarginaliaError('damaged-runs', `Stored labels cannot be read: ${why}.`);
