import { expect, it } from 'vitest';
import type { DataSet } from './data-set.ts';
import { lossyOf } from './lossy.ts';

const [RAW, JPEG, JPEG_2000] = [
  '1.2.840.10008.1.2.1',
  '1.2.840.10008.1.2.4.50',
  '1.2.840.10008.1.2.4.91',
];

const header = (elements: Readonly<Record<string, string>>): DataSet =>
  ({ text: (tag: string) => elements[tag] ?? '' }) as DataSet;

it('what a header says of lossy compression stays true whatever the pixels are encoded as now', () => {
  const twice = {
    '0028,2110': '01',
    '0028,2112': '10.5 \\ 3',
    '0028,2114': 'ISO_10918_1\\ISO_15444_1',
  };
  const both = { ratios: ['10.5', '3'], methods: ['ISO_10918_1', 'ISO_15444_1'] };
  expect(lossyOf(header(twice), RAW)).toEqual(both);
  expect(lossyOf(header(twice), JPEG)).toEqual(both);
});

it('a transfer syntax that always loses something says it where the header does not', () => {
  expect(lossyOf(header({}), JPEG)).toEqual({ ratios: [], methods: ['ISO_10918_1'] });
});

it('pixels are not said to have lost anything where neither says it', () => {
  expect(lossyOf(header({ '0028,2110': '00' }), RAW)).toBeUndefined();
  expect(lossyOf(header({}), JPEG_2000)).toBeUndefined();
});
