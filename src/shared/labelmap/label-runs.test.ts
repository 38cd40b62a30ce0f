import fc from 'fast-check';
import { expect, it } from 'vitest';
import { labelRuns, readRuns, spreadRuns } from './label-runs.ts';

const labels = fc.uint8Array({ max: 2, maxLength: 60 });

it('runs hold the labels of all pixels, as few as there can be', () => {
  fc.assert(
    fc.property(labels, (all) => {
      const runs = labelRuns(all);
      expect(spreadRuns(runs)).toEqual(all);
      const begun = all.filter((value, at) => value !== 0 && value !== all[at - 1]);
      expect(runs.values).toEqual(begun);
    }),
  );
});

it('what is read of runs in steps are the labels that lie there', () => {
  fc.assert(
    fc.property(
      labels,
      fc.nat(60),
      fc.integer({ min: 1, max: 9 }),
      fc.nat(20),
      (all, from, step, n) => {
        const into = new Int16Array(n).fill(-1);
        readRuns(labelRuns(all), from, step, into);
        expect([...into]).toEqual(Array.from(into, (_, at) => all[from + step * at] ?? 0));
      },
    ),
  );
});

it('runs are of what bytes stand for', () => {
  const table = new Uint8Array(256).fill(7, 100);
  const bytes = Uint8Array.of(99, 100, 255, 3, 200);
  expect([...spreadRuns(labelRuns(bytes, table))]).toEqual([0, 7, 7, 0, 7]);
});
