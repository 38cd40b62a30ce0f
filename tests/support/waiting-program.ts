import fs from 'node:fs';

const { writeSync } = fs;

/** Says a line to the test that runs this program; it is out when this returns. */
export const say = (line: string): void => void writeSync(1, `${line}\n`);

/** Says where this program is, and stops there until it is killed. */
export function waitToBeKilled(where: string): void {
  say(`at ${where}`);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
