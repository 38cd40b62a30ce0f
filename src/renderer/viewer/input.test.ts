import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cineSteps } from './cine.ts';
import { wheelSteps } from './input.ts';

const steps = (deltas: readonly number[], deltaMode = 0): number => {
  let [sum, rest] = [0, 0];
  for (const deltaY of deltas) {
    const step = wheelSteps({ deltaY, deltaMode }, rest);
    sum += step.slices;
    rest = step.rest;
  }
  return sum;
};

describe('the wheel', () => {
  it('moves by one slice for each notch, whatever the system makes of a notch', () => {
    for (const notch of [53, 100, 120]) {
      expect(steps([notch])).toBe(1);
      expect(steps([-notch, -notch])).toBe(-2);
    }
    expect(steps([3], 1)).toBe(1);
    expect(steps([240])).toBe(2);
  });

  it('moves with a trackpad as far as its way goes, and turns round at once', () => {
    expect(steps(Array.from({ length: 30 }, () => 4))).toBe(4);
    expect(steps([29])).toBe(0);
    expect(steps([29, -30])).toBe(-1);
  });
});

it('cine shows as many slices as time has passed for, however frames fall', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 1, max: 90, noNaN: true }), { minLength: 1, maxLength: 50 }),
      fc.integer({ min: 1, max: 60 }),
      (frames, perSecond) => {
        let [shown, waiting] = [0, 0];
        for (const ms of frames) {
          const [slices, rest] = cineSteps(waiting + ms, perSecond);
          shown += slices;
          waiting = rest;
        }
        const expected = (frames.reduce((a, b) => a + b) * perSecond) / 1000;
        expect(Math.abs(shown - expected)).toBeLessThanOrEqual(1 + 1e-6);
        expect(waiting).toBeLessThan(1000 / perSecond + 1e-6);
      },
    ),
  );
});
