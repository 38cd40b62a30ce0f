/**
 * Colours of labels, light enough to be told apart on dark grey tissue, in an order in which
 * neighbours differ most in hue.
 */
export const LABEL_COLOURS = [
  '#ee6a5f',
  '#4da3e8',
  '#e8c547',
  '#4fbf8b',
  '#c678dd',
  '#ff9f5a',
  '#5fd3d9',
  '#e88bb0',
  '#a3c455',
  '#8f8cf0',
  '#c8a27a',
  '#d9dde2',
] as const;

/** The first colour that is not in use; from the beginning again when all are. */
export function nextColour(used: readonly string[]): string {
  const taken = new Set(used.map((colour) => colour.toLowerCase()));
  return (
    LABEL_COLOURS.find((colour) => !taken.has(colour)) ??
    LABEL_COLOURS[used.length % LABEL_COLOURS.length]!
  );
}

/** Red, green, blue, 0…255 each, of `#rrggbb`. */
export function rgbOf(colour: string): readonly [number, number, number] {
  const n = Number.parseInt(colour.slice(1), 16);
  return [(n >> 16) & 255, (n >> 8) & 255, n & 255];
}
