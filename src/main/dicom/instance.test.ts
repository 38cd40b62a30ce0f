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

describe('spacing of pixels', () => {
  const spacing = (elements: Elements) => framesOf(dataSet(elements), source)[0]!.spacing;
  const [pixel, imager, scanned] = ['0028,0030', '0018,1164', '0018,2010'];

  it('is the patient’s where Pixel Spacing says so: along a row, then along a column', () => {
    expect(spacing({ '0008,0060': 'MR', [pixel]: '0.7\\0.5' })).toEqual({
      mm: [0.5, 0.7],
      of: 'patient',
    });
    expect(spacing({})).toBeNull();
    expect(spacing({ [pixel]: '0\\0' })).toBeNull();
  });

  it.each([
    ['only at the detector', { [imager]: '0.2\\0.2' }, 0.2, 'detector'],
    ['of a scanned film', { [scanned]: '0.1\\0.1' }, 0.1, 'detector'],
    ['the same at both', { [pixel]: '0.2\\0.2', [imager]: '0.20\\0.20' }, 0.2, 'detector'],
    ['in X-ray without more', { '0008,0060': 'CR', [pixel]: '0.2\\0.2' }, 0.2, 'detector'],
    ['corrected', { [pixel]: '0.18\\0.18', [imager]: '0.2\\0.2' }, 0.18, 'patient'],
    [
      'said to be calibrated',
      { [pixel]: '0.2\\0.2', [imager]: '0.2\\0.2', '0028,0a02': 'FIDUCIAL' },
      0.2,
      'patient',
    ],
  ] as const)('of a projection, %s', (_, elements, mm, of) => {
    expect(spacing(elements as Elements)).toEqual({ mm: [mm, mm], of });
  });

  it('of ultrasound is that of its regions in cm, where these agree', () => {
    const region = (units: string, delta: string): Elements => ({
      '0018,6024': units,
      '0018,6026': units,
      '0018,602c': delta,
      '0018,602e': delta,
    });
    const of = (...regions: Elements[]) => spacing({ '0018,6011': regions });
    const expected = { mm: [0.25, 0.25], of: 'ultrasound region' };
    expect(of(region('3', '0.025'))).toEqual(expected);
    expect(of(region('3', '0.025'), region('3', '0.025'), region('4', '0.01'))).toEqual(expected);
    expect(of(region('3', '0.025'), region('3', '0.03'))).toBeNull();
    expect(of(region('4', '0.025'))).toBeNull();
    expect(of(region('3', '0'))).toBeNull();
  });
});

describe('times of the frames of a file', () => {
  const times = (elements: Elements) =>
    framesOf(dataSet({ '0028,0008': '4', ...elements }), source).map(({ time }) => time);

  it.each([
    ['Frame Time', { '0018,1063': '40' }, [0, 40, 80, 120]],
    ['Frame Time Vector', { '0018,1065': '0\\10\\20\\5', '0018,1063': '40' }, [0, 10, 30, 35]],
    ['Cine Rate', { '0018,0040': '20' }, [0, 50, 100, 150]],
    ['Recommended Display Frame Rate', { '0008,2144': '10' }, [0, 100, 200, 300]],
    [
      'a vector that is too short, and a time',
      { '0018,1065': '0\\1', '0018,1063': '2' },
      [0, 2, 4, 6],
    ],
  ] as const)('are those of %s', (_, elements, expected) => {
    expect(times(elements)).toEqual(expected);
  });

  it('are none where nothing says when frames were acquired', () => {
    expect(times({})).toEqual([undefined, undefined, undefined, undefined]);
    expect(times({ '0018,1063': '0', '0018,0040': '-1' })[1]).toBeUndefined();
    expect(framesOf(dataSet({ '0018,1063': '40' }), source)[0]!.time).toBeUndefined();
  });
});
