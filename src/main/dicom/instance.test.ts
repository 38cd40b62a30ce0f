import { describe, expect, it } from 'vitest';
import { emptySource as source } from '../../../tests/support/empty-source.ts';
import type { DataSet } from './data-set.ts';
import { framesOf } from './instance.ts';

interface Elements {
  readonly [tag: string]: string | readonly Elements[];
}

/** A data set of texts and items, as a file has them. */
function dataSet(elements: Elements): DataSet {
  const text = (tag: string): string => {
    const value = elements[tag];
    return typeof value === 'string' ? value : '';
  };
  const numbers = (tag: string): number[] =>
    text(tag) === '' ? [] : text(tag).split('\\').map(Number);
  return {
    text,
    numbers,
    number: (tag) => numbers(tag)[0],
    items: (tag) => {
      const value = elements[tag];
      return typeof value === 'object' ? value.map(dataSet) : [];
    },
    bytes: () => undefined,
    has: (tag) => tag in elements,
  };
}

const timesOf = (elements: Elements): (string | undefined)[][] =>
  framesOf(dataSet(elements), source).map(({ traits }) => [
    traits['acquisition time'],
    traits['acquisition date and time'],
    traits['reference time'],
    traits['content time'],
    traits['trigger time'],
  ]);

describe('times of a frame', () => {
  it('are read with their dates, where there are any', () => {
    expect(
      timesOf({
        '0008,0022': '2026.01.31',
        '0008,0032': '235959.5',
        '0008,0033': '094112',
        '0018,1060': '120.5',
      }),
    ).toEqual([['20260131235959.5', '', undefined, '094112', '120.5']]);
    expect(timesOf({ '0008,0022': '20260131' })).toEqual([['', '', undefined, '', '']]);
  });

  it('are those of its functional groups, else of the whole object', () => {
    expect(
      timesOf({
        '0008,002a': '20260131094112',
        '0008,0033': '094113',
        '5200,9230': [
          {
            '0020,9111': [{ '0018,9074': '20260131094120', '0018,9151': '20260131094121.5' }],
            '0018,9118': [{ '0020,9153': '40' }],
          },
          {},
        ],
        '0028,0008': '2',
      }),
    ).toEqual([
      ['', '20260131094120', '20260131094121.5', '094113', '40'],
      ['', '20260131094112', '', '094113', ''],
    ]);
  });
});
