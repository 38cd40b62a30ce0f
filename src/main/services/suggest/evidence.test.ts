import { expect, it } from 'vitest';
import { steadyEvidence } from './evidence.ts';

const of = (id: string) => ({ id, slices: [] });

it('what labels are joined with is to stay the same for each, whatever it is for others', () => {
  const evidence = steadyEvidence();
  evidence.require('liver', of('a'));
  evidence.require('spleen', of('b'));
  evidence.require('liver', null);
  evidence.require('liver', of('a'));
  expect([evidence.of('liver'), evidence.of('spleen'), evidence.of('kidney')]).toEqual([
    of('a'),
    of('b'),
    null,
  ]);
  expect(evidence.all()).toEqual([of('a'), of('b')]);
  expect(() => evidence.require('liver', of('b'))).toThrow(
    expect.objectContaining({ code: 'labels-changed' }),
  );
});
