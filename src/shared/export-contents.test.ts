import { expect, it } from 'vitest';
import { absentText } from './export-contents.ts';

it('says which labels are written as being nowhere, and on how many slices each', () => {
  expect(absentText([])).toBe('');
  expect(absentText([{ label: 'liver', slices: 1 }])).toBe(
    'Labels written as being nowhere where nobody decided so: liver on 1 slice.',
  );
  const three = ['a', 'b', 'c'].map((label, n) => ({ label, slices: n + 2 }));
  expect(absentText(three)).toMatch(/: c on 4 slices, b on 3, a on 2\.$/);
  const many = Array.from({ length: 30 }, (_, n) => ({ label: `station ${n}`, slices: 7 }));
  expect(absentText(many)).toMatch(/: station 0 on 7 slices, .*station 3 on 7, 26 more labels\.$/);
});
