import { setImmediate } from 'node:timers/promises';
import { csvText } from '../csv.ts';
import type { LabelDefinition } from '../labels.ts';
import type { AnnotationResult } from '../result.ts';
import { frameNames } from './frame-names.ts';
import { frameValues } from './frame-values.ts';

const HEAD = [
  'number',
  'picture',
  'state',
  'value',
  'label',
  'decision',
  'pixels',
  'area_mm2',
  'spacing_of',
] as const;

/**
 * How large every label is in every frame, as a table: number (from 1) and name of the frame, what was decided
 * on it, the label, what is known of this label there (as the columns of `statisticsCsv` are called; empty
 * where nobody said anything), pixels, and the area where the frame has a pixel size, with where that was
 * measured. Between two frames other work has its turn.
 */
export async function picturesCsv(result: AnnotationResult): Promise<string> {
  const { image, labels, labelMap, review } = result;
  const names = pictureNames(result);
  const rows: (string | number)[][] = [];
  for (let k = 0; k < image.raster.size[2]; k++) {
    const counts = new Uint32Array(256);
    for (const value of frameValues(labelMap, image, k)) counts[value]! += 1;
    const spacing = image.frames?.[k]?.spacing;
    for (const label of labels) {
      const pixels = counts[label.value]!;
      rows.push([
        k + 1,
        names[k]!,
        review.states[k]!,
        label.value,
        label.name,
        decisionOn(result, k, label, pixels),
        pixels,
        spacing ? (pixels * spacing.mm[0] * spacing.mm[1]).toFixed(3) : '',
        spacing?.of ?? '',
      ]);
    }
    await setImmediate();
  }
  return csvText([[...HEAD], ...rows]);
}

/** Pictures have names of their own; other frames are called as files of them are. */
const pictureNames = ({ image }: AnnotationResult): readonly string[] =>
  (image.kind === 'set' || image.kind === 'picture') && image.frames
    ? image.frames.map(({ key }) => key)
    : frameNames(image);

function decisionOn(
  { contents, covered }: AnnotationResult,
  k: number,
  { value }: LabelDefinition,
  pixels: number,
): string {
  const isIn = (list: AnnotationResult['contents']['suggested']): boolean =>
    list.some(({ slice, labels }) => slice === k && labels.includes(value));
  if (isIn(contents.suggested)) return 'suggested';
  if (isIn(contents.acceptedUnseen)) return 'accepted_unseen';
  if (contents.decided.includes(k) && (pixels > 0 || covered[k]!.includes(value))) return 'decided';
  return pixels > 0 ? 'painted_undecided' : '';
}
