import { describe, expect, it } from 'vitest';
import { keyOf, keyParts, keyText, type KeyStroke } from './keys.ts';

const stroke = (key: string, code: string, held = ''): KeyStroke => ({
  key,
  code,
  ctrlKey: held.includes('c'),
  metaKey: held.includes('m'),
  altKey: held.includes('a'),
  shiftKey: held.includes('s'),
});

describe('keys', () => {
  it.each([
    [stroke('b', 'KeyB'), 'B'],
    [stroke('N', 'KeyN', 's'), 'Shift+N'],
    [stroke('B', 'KeyB'), 'B'], // caps lock
    [stroke('z', 'KeyZ', 'c'), 'Mod+Z'],
    [stroke('Z', 'KeyZ', 'ms'), 'Mod+Shift+Z'],
    [stroke('?', 'Slash', 's'), '?'],
    [stroke('?', 'Minus', 's'), '?'], // German
    [stroke('/', 'Digit7', 's'), '/'],
    [stroke('[', 'BracketLeft'), '['],
    [stroke('¡', 'Digit1', 'a'), 'Alt+1'], // Option on a Mac
    [stroke('ß', 'KeyS', 'a'), 'Alt+S'],
    [stroke(' ', 'Space'), 'Space'],
    [stroke(' ', 'Space', 's'), 'Shift+Space'],
    [stroke('+', 'Equal', 's'), 'Plus'],
    [stroke('ArrowUp', 'ArrowUp', 's'), 'Shift+ArrowUp'],
    [stroke(',', 'Comma', 'c'), 'Mod+,'],
    [stroke('ö', 'Semicolon'), 'Ö'],
    [stroke('Shift', 'ShiftLeft', 's'), null],
    [stroke('Control', 'ControlLeft', 'c'), null],
  ])('%j is %s', (given, expected) => {
    expect(keyOf(given)).toBe(expected);
  });

  it('written with AltGr are what they write', () => {
    const typed = { ...stroke('[', 'Digit8', 'ca'), getModifierState: () => true };
    expect(keyOf(typed)).toBe('[');
  });

  it('are shown as they stand on the keyboard', () => {
    expect(keyParts('Mod+Shift+Z', false)).toEqual(['Ctrl', 'Shift', 'Z']);
    expect(keyParts('Plus', false)).toEqual(['+']);
    expect(keyText('Mod+Alt+ArrowUp', true)).toBe('⌘⌥↑');
    expect(keyText('Shift+N', false)).toBe('Shift+N');
  });
});
