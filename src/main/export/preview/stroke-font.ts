/**
 * A small plotter-like font, drawn for this project. A glyph is a list of strokes, a stroke a list
 * of points "xy" on a grid: x from 0, y from 0 (cap height) over 2 (x-height) and 6 (baseline) to 8
 * (descender). Smooth at any size; as wide as its strokes.
 */
const GLYPHS: Readonly<Record<string, string>> = {
  A: '06 20 46,14 34',
  B: '06 00 30 41 42 33 03,33 44 45 36 06',
  C: '41 30 10 01 05 16 36 45',
  D: '06 00 20 42 44 26 06',
  E: '40 00 06 46,03 33',
  F: '40 00 06,03 33',
  G: '41 30 10 01 05 16 36 45 43 23',
  H: '00 06,40 46,03 43',
  I: '00 20,10 16,06 26',
  J: '30 35 26 16 05',
  K: '00 06,40 03 46',
  L: '00 06 36',
  M: '06 00 23 40 46',
  N: '06 00 46 40',
  O: '10 30 41 45 36 16 05 01 10',
  P: '06 00 30 41 42 33 03',
  Q: '10 30 41 45 36 16 05 01 10,24 46',
  R: '06 00 30 41 42 33 03,23 46',
  S: '41 30 10 01 02 13 33 44 45 36 16 05',
  T: '00 40,20 26',
  U: '00 05 16 36 45 40',
  V: '00 26 40',
  W: '00 16 23 36 40',
  X: '00 46,40 06',
  Y: '00 23 40,23 26',
  Z: '00 40 06 46',
  a: '02 22 33 36,34 14 05 16 26 35',
  b: '00 06,03 12 22 33 35 26 16 05',
  c: '33 22 12 03 05 16 26 35',
  d: '30 36,33 22 12 03 05 16 26 35',
  e: '04 34 33 22 12 03 05 16 26 35',
  f: '30 20 11 16,02 22',
  g: '32 37 28 18 07,33 22 12 03 05 16 26 35',
  h: '00 06,03 12 22 33 36',
  i: '02 06,00 00',
  j: '12 17 08,10 10',
  k: '00 06,32 04 36',
  l: '00 05 16',
  m: '02 06,03 12 23 26,23 32 43 46',
  n: '02 06,03 12 22 33 36',
  o: '12 22 33 35 26 16 05 03 12',
  p: '02 08,03 12 22 33 35 26 16 05',
  q: '32 38,33 22 12 03 05 16 26 35',
  r: '02 06,04 13 22',
  s: '33 22 12 03 14 24 35 26 16 05',
  t: '10 15 26,02 22',
  u: '02 05 16 26 35,32 36',
  v: '02 26 42',
  w: '02 16 23 36 42',
  x: '02 36,32 06',
  y: '02 25,42 08',
  z: '02 32 06 36',
  0: '10 20 31 35 26 16 05 01 10',
  1: '01 10 16',
  2: '01 10 20 31 32 06 36',
  3: '01 10 20 31 32 23 13,23 34 35 26 16 05',
  4: '36 30 04 44',
  5: '30 00 02 22 33 35 26 16 05',
  6: '31 20 10 01 05 16 26 35 34 23 13 04',
  7: '00 30 16',
  8: '10 20 31 32 23 13 02 01 10,13 04 05 16 26 35 34 23',
  9: '32 23 13 02 01 10 20 31 35 26 16 05',
  '.': '06 06',
  ',': '16 07',
  ':': '02 02,06 06',
  ';': '12 12,16 07',
  '!': '00 04,06 06',
  '?': '01 10 20 31 32 14,16 16',
  "'": '00 01',
  '"': '00 01,20 21',
  '(': '20 11 15 26',
  ')': '00 11 15 06',
  '[': '20 00 06 26',
  ']': '00 20 26 06',
  '<': '31 03 35',
  '>': '01 33 05',
  '-': '03 23',
  '+': '03 43,21 25',
  '=': '02 32,04 34',
  '×': '02 35,32 05',
  '*': '11 15,02 24,22 04',
  '/': '06 30',
  '\\': '00 36',
  '|': '00 08',
  _: '06 46',
  '#': '01 06,30 35,02 42,04 44',
  '%': '06 40,00 10 11 01 00,35 45 46 36 35',
  '&': '46 02 01 10 20 31 04 05 16 26 44',
  '@': '34 23 13 04 15 34 32 21 11 02 05 16 36',
  '·': '03 03',
  '…': '06 06,26 26,46 46',
};
const UNKNOWN = '00 30 36 06 00';
const SPACE_WIDTH = 2;
/** Room between the boxes of two glyphs. */
const SPACING = 1.8;

type Segment = readonly [x0: number, y0: number, x1: number, y1: number];

/** Letters without their accents; what has no glyph then becomes a box. */
const plain = (text: string): string[] => [
  ...text.normalize('NFKD').replace(/\p{M}/gu, '').replaceAll('ß', 'ss'),
];

function strokesOf(glyph: string): Segment[] {
  return (GLYPHS[glyph] ?? UNKNOWN).split(',').flatMap((stroke) => {
    const points = stroke.split(' ').map((p) => [Number(p[0]), Number(p[1])] as const);
    return points.slice(1).map(([x, y], n): Segment => [...points[n]!, x, y]);
  });
}

/**
 * The strokes of a line of text, its cap height from y = 0 to y = 6, and its width, in units of the
 * font's grid.
 */
export function layOut(text: string): { segments: Segment[]; width: number } {
  const segments: Segment[] = [];
  let x = 0;
  for (const glyph of plain(text)) {
    if (glyph === ' ') {
      x += SPACE_WIDTH + SPACING;
      continue;
    }
    let right = 0;
    for (const [x0, y0, x1, y1] of strokesOf(glyph)) {
      segments.push([x + x0, y0, x + x1, y1]);
      right = Math.max(right, x0, x1);
    }
    x += right + SPACING;
  }
  return { segments, width: Math.max(0, x - SPACING) };
}
