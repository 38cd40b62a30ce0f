import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { resizeGrey } from '../../src/main/engine/preprocess.ts';

const python = '/usr/bin/python3';
const found = spawnSync(python, ['-c', 'import cv2']).status === 0;

/** [rows, columns, toRows, toColumns] */
const cases: readonly (readonly [number, number, number, number])[] = [
  [51, 35, 224, 224],
  [512, 512, 224, 224],
  [448, 448, 224, 224],
  [224, 224, 224, 224],
  [100, 300, 224, 224],
  [1, 1, 32, 32],
  [2, 3, 64, 64],
  [333, 257, 96, 96],
  [640, 400, 160, 160],
];

describe(`resizing against OpenCV${found ? '' : ' (needs the package python3-opencv)'}`, () => {
  it.skipIf(!found).each(cases)('%i×%i → %i×%i is equal in every pixel', (rows, columns, r, c) => {
    let seed = rows * 31 + columns;
    const grey = Uint8Array.from(
      { length: rows * columns },
      () => (seed = Math.imul(seed, 1664525) + 1013904223) >>> 24,
    );
    const script = `import sys, numpy, cv2
a = numpy.frombuffer(sys.stdin.buffer.read(), numpy.uint8).reshape(${rows}, ${columns})
sys.stdout.buffer.write(cv2.resize(a, (${c}, ${r}), interpolation=cv2.INTER_LINEAR).tobytes())`;
    const theirs = execFileSync(python, ['-c', script], { input: grey, maxBuffer: 1 << 24 });
    expect(Buffer.compare(Buffer.from(resizeGrey(grey, rows, columns, r, c)), theirs)).toBe(0);
  });
});
