import { describe, expect, it } from 'vitest';
import { amount, dicomDate, personName, seconds, short, when } from './format.ts';

describe('what is shown', () => {
  it.each([
    ['Doe^Jane', 'Doe, Jane'],
    ['Doe^Jane^Q^Dr', 'Doe, Jane Q'],
    ['ANON', 'ANON'],
    ['^Jane', 'Jane'],
    ['Yamada^Tarou=山田^太郎', 'Yamada, Tarou'],
    ['', ''],
  ])('the person %s is %s', (given, expected) => expect(personName(given)).toBe(expected));

  it.each([
    [0, '0 ml'],
    [0.004, '0.00 ml'],
    [4.321, '4.32 ml'],
    [43.21, '43.2 ml'],
    [1234.567, '1235 ml'],
  ])('%d ml are %s', (given, expected) => expect(amount(given, 'ml')).toBe(expected));

  it.each([
    [0.2, '0 s'],
    [59.6, '1 min 0 s'],
    [3725, '1 h 2 min'],
  ])('%d seconds are %s', (given, expected) => expect(seconds(given)).toBe(expected));

  it('dates are as long as needed', () => {
    const now = new Date('2026-11-24T12:00:00');
    expect(when('2026-11-24T09:05:00', now)).toBe('today 09:05');
    expect(when('2026-03-04T09:05:00', now)).toBe('4 Mar 09:05');
    expect(when('2024-03-04T09:05:00', now)).toBe('4 Mar 2024');
    expect(when('nonsense', now)).toBe('');
    expect(dicomDate('20240131')).toBe('2024-01-31');
    expect(dicomDate('')).toBe('');
    expect(short(0.5)).toBe('0.5');
  });
});
