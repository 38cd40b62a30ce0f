import { describe, expect, it } from 'vitest';
import { explanationOf, reasonOf } from './queue-entry.ts';

describe('a slice in the queue', () => {
  const names = new Map([
    ['l', 'liver'],
    ['k', 'kidney'],
  ]);
  const region = (label: string) => ({
    label,
    index: 4,
    centroid: [0, 0] as [number, number],
    areaMm2: 3,
    mass: 1,
    peak: [0, 0] as [number, number],
  });
  const entry = {
    index: 4,
    score: 2.387,
    why: 'doubtful' as const,
    regions: [region('k'), region('l'), region('k')],
  };

  it('says why it is there', () => {
    expect(reasonOf(entry, names)).toBe('kidney, liver');
    expect(reasonOf({ ...entry, regions: [] }, names)).toBe('no clear place');
    expect(reasonOf({ ...entry, why: 'far' }, names)).toBe('far from what is decided');
    expect(reasonOf({ ...entry, why: 'accepted-unseen' }, names)).toBe('accepted unseen');
  });

  it('says what its figures mean, each with its unit', () => {
    expect(explanationOf(entry, names, 0.2149)).toEqual([
      'Slice 5: doubt 0.21 nats on average, as in the strip',
      '3 places in doubt: kidney, liver',
      'The bar is what a look is worth: doubt along the outlines of all labels, 2.39 nats · mm',
    ]);
    const far = { ...entry, why: 'far' as const, regions: [] };
    expect(explanationOf(far, names, undefined).slice(0, 3)).toEqual([
      'Slice 5',
      'Far from what is decided',
      '0 places in doubt',
    ]);
  });
});
