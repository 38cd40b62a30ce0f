import { describe, expect, it } from 'vitest';
import { clockTexts, microsecondsOf, type Span } from './clock.ts';

describe('a time of DICOM', () => {
  const nine = 9 * 3600e6;
  it.each([
    ['09', nine],
    ['0941', nine + 41 * 60e6],
    ['094112', nine + 41 * 60e6 + 12e6],
    ['094112.5', nine + 41 * 60e6 + 12.5e6],
    ['09:41:12.000001 ', nine + 41 * 60e6 + 12e6 + 1],
    ['094112.1234567', nine + 41 * 60e6 + 12e6 + 123456],
    ['1970010209', 86_400e6 + nine],
    ['19700102094112.5+0100', 86_400e6 + nine + 41 * 60e6 + 12.5e6],
    ['', undefined],
    ['20260101', undefined],
    ['94112', undefined],
    ['250000', undefined],
    ['096000', undefined],
    ['morning', undefined],
  ])('%j is %s microseconds', (text, microseconds) => {
    expect(microsecondsOf(text)).toBe(microseconds);
  });

  it.each([
    [['094112', '094112'], '09:41:12 to 09:41:12'],
    [['094112.9', '094113.1'], '09:41:12 to 09:41:13'],
    [['19011231235959.25', '19011231235959.25'], '23:59:59 to 23:59:59'],
  ])('%j is said as the clock showed it', (times, text) => {
    expect(said([times])).toEqual([text]);
  });

  it('is said with the fractions that tell it from others, and the date where the days differ', () => {
    const at = (text: string): string[] => [text, text];
    expect(said([at('094112.25'), at('094112.5')])).toEqual([
      '09:41:12.2 to 09:41:12.2',
      '09:41:12.5 to 09:41:12.5',
    ]);
    expect(said([at('19691231235959.5'), at('19700101000001')])).toEqual([
      '1969-12-31 23:59:59 to 1969-12-31 23:59:59',
      '1970-01-01 00:00:01 to 1970-01-01 00:00:01',
    ]);
    expect(said([at('19691231235959.25'), at('19691231235959.5')])[0]).toMatch(/^23:59:59\.2 /);
  });

  const said = (spans: readonly (readonly string[])[]): string[] =>
    clockTexts(spans.map((span) => span.map(microsecondsOf) as unknown as Span)).map(
      ([from, to]) => `${from} to ${to}`,
    );
});
