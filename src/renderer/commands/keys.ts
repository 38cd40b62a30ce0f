/**
 * Keys as text: modifiers in the order Mod, Alt, Shift, then the key: "Mod+Shift+Z", "[", "?".
 * Mod is Command on a Mac and Control elsewhere.
 */

/** The part of a KeyboardEvent that is used. */
export interface KeyStroke {
  readonly key: string;
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
  getModifierState?(name: string): boolean;
}

const NAMES: Readonly<Record<string, string>> = { ' ': 'Space', '+': 'Plus', Esc: 'Escape' };
const MODIFIERS = new Set(['Control', 'Meta', 'Alt', 'Shift', 'AltGraph', 'Dead', 'Unidentified']);

/** The key that was struck, or null for a modifier alone. */
export function keyOf(stroke: KeyStroke): string | null {
  const { key, code, shiftKey } = stroke;
  // AltGr is how some keyboards write "[": it is no modifier, though systems report Control and Alt.
  const plain = stroke.getModifierState?.('AltGraph') ?? false;
  const altKey = stroke.altKey && !plain;
  const mod = (stroke.ctrlKey || stroke.metaKey) && !plain;
  if (MODIFIERS.has(key)) return null;
  // With Alt or Shift, digits and (on a Mac) letters give other characters: what counts is the key.
  const digit = /^Digit(\d)$/.exec(code)?.[1];
  const letter = /^Key([A-Z])$/.exec(code)?.[1];
  let name = NAMES[key] ?? key;
  let shift = shiftKey;
  if (digit !== undefined && (altKey || mod)) name = digit;
  else if (letter !== undefined && altKey) name = letter;
  else if (/^\p{L}$/u.test(name)) name = name.toUpperCase();
  // The character of a shifted key says all: "?" is "?" on every keyboard.
  else if (key !== ' ' && [...key].length === 1) shift = false;
  return `${mod ? 'Mod+' : ''}${altKey ? 'Alt+' : ''}${shift ? 'Shift+' : ''}${name}`;
}

const SYMBOLS: Readonly<Record<string, string>> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  Escape: 'Esc',
  Plus: '+',
  Enter: '↵',
  Delete: 'Del',
};

/** A key in parts as they stand on the keyboard: ["Ctrl", "Shift", "Z"], on a Mac ["⌘", "⇧", "Z"]. */
export function keyParts(key: string, mac: boolean): string[] {
  const names: Readonly<Record<string, string>> = mac
    ? { Mod: '⌘', Alt: '⌥', Shift: '⇧' }
    : { Mod: 'Ctrl' };
  return key.split('+').map((part) => names[part] ?? SYMBOLS[part] ?? part);
}

export const isMac = (): boolean => /Mac|iP/.test(navigator.platform);

/** A key as one short text, for menus and tooltips. */
export function keyText(key: string, mac = isMac()): string {
  return keyParts(key, mac).join(mac ? '' : '+');
}
