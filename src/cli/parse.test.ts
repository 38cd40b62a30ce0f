import { describe, expect, it } from 'vitest';
import { UsageError } from '../shared/errors.ts';
import {
  collectLabel,
  collectTruth,
  fallingFrom,
  parseCount,
  parseDeviceChoice,
  parseIslands,
  parsePlanes,
  parseRate,
  parseRounds,
  parseSlices,
  parseTrainable,
  parseWindow,
} from './parse.ts';

describe('values of options', () => {
  it.each<[unknown, unknown]>([
    [parseDeviceChoice('auto'), 'auto'],
    [parseCount('--limit', 1)('12'), 12],
    [parseRate('1e-3'), 0.001],
    [fallingFrom(1e-9), [1e-9, 1e-9]],
    [parseWindow('40,400'), { centre: 40, width: 400 }],
    [parseRounds('1,2,12'), [1, 2, 12]],
    [parsePlanes('axial, coronal'), ['axial', 'coronal']],
    [parseIslands('largest'), 'largest'],
    [parseIslands('0.5'), { millilitres: 0.5 }],
    [parseTrainable('last-2'), { lastAdapters: 2 }],
    [
      collectLabel(' liver = the liver: all = of it'),
      [{ name: 'liver', prompt: 'the liver: all = of it' }],
    ],
    [collectTruth('a=b: c:1 + 20'), [{ name: 'a', prompt: 'b: c', values: [1, 20] }]],
    [
      parseSlices('a:b:axial:0,c:sagittal:12'),
      [
        { case: 'a:b', plane: 'axial', index: 0 },
        { case: 'c', plane: 'sagittal', index: 12 },
      ],
    ],
  ])('%j', (value, expected) => expect(value).toEqual(expected));

  it.each<[string, () => unknown]>([
    ['tpu', () => parseDeviceChoice('tpu')],
    ['', () => parseCount('--limit', 1)('')],
    ['0', () => parseCount('--limit', 1)('0')],
    ['1.5', () => parseCount('--limit', 1)('1.5')],
    ['Infinity', () => parseCount('--limit', 1)('Infinity')],
    ['0', () => parseRate('0')],
    ['40', () => parseWindow('40')],
    ['40,0', () => parseWindow('40,0')],
    ['1,2,3', () => parseWindow('1,2,3')],
    ['4,4', () => parseRounds('4,4')],
    ['8,4', () => parseRounds('8,4')],
    ['', () => parseRounds('4,')],
    ['axial,oblique', () => parsePlanes('axial,oblique')],
    ['-1', () => parseIslands('-1')],
    ['last', () => parseTrainable('last')],
    ['liver', () => collectLabel('liver')],
    ['=liver', () => collectLabel('=liver')],
    ['liver=', () => collectLabel('liver= ')],
    ['liver', () => collectLabel('liver=b', [{ name: 'liver', prompt: 'a' }])],
    ['a=b', () => collectTruth('a=b')],
    ['a=b:1+', () => collectTruth('a=b:1+')],
    ['a:axial', () => parseSlices('a:axial')],
    ['a:axial:-1', () => parseSlices('a:axial:-1')],
  ])('refuses %j and says what is taken', (said, parse) => {
    let error: unknown;
    try {
      parse();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).hint).toBeTruthy();
    expect((error as UsageError).message).toContain(said);
  });
});
