import { rgbOf } from '../../shared/label-colours.ts';
import type { LabelDefinition } from './labels.ts';

/** One line of a table: no character may end the cell. */
const cell = (text: string): string => text.replace(/\s+/g, ' ').trim() || 'n/a';

/**
 * The look-up table that BIDS puts beside a discrete segmentation (BIDS 1.10, derivatives, "Common
 * image-derived labels"): `mapping` to BIDS' own standard labels is not known here.
 */
export function labelsTsv(labels: readonly LabelDefinition[]): string {
  const rows = labels.map(({ value, name, colour }) => [
    String(value),
    cell(name),
    colour.toUpperCase(),
    'n/a',
  ]);
  return [['index', 'name', 'color', 'mapping'], ...rows]
    .map((row) => `${row.join('\t')}\n`)
    .join('');
}

/** Label descriptions as ITK-SNAP loads them (Segmentation → Import Label Descriptions). */
export function itkSnapLabels(labels: readonly LabelDefinition[]): string {
  const line = (value: number, rgb: readonly number[], shown: 0 | 1, name: string): string => {
    const numbers = [value, ...rgb, shown, shown, shown]
      .map((n) => String(n).padStart(5))
      .join(' ');
    return `${numbers}    "${cell(name).replaceAll('"', "'")}"\n`;
  };
  const rule = '################################################\n';
  return [
    rule,
    '# ITK-SnAP Label Description File\n',
    '# File format:\n',
    '# IDX   -R-  -G-  -B-  -A--  VIS MSH  LABEL\n',
    rule,
    line(0, [0, 0, 0], 0, 'Clear Label'),
    ...labels.map(({ value, colour, name }) => line(value, rgbOf(colour), 1, name)),
  ].join('');
}
