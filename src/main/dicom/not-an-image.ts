import type { Header } from './data-set.ts';

/** SOP classes (PS3.6 table A-1) with pixels that are no images of a series to be labelled. */
const DERIVED: readonly (readonly [prefix: string, what: string])[] = [
  ['1.2.840.10008.5.1.4.1.1.66.4', 'a segmentation, not an image'],
  ['1.2.840.10008.5.1.4.1.1.66.7', 'a label map segmentation, not an image'],
  ['1.2.840.10008.5.1.4.1.1.481.2', 'an RT dose grid, not an image'],
  ['1.2.840.10008.5.1.4.1.1.30', 'a parametric map, not an image'],
  ['1.2.840.10008.5.1.4.1.1.77.1.6', 'a whole-slide image'],
];

const WITHOUT_PIXELS: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/^1\.2\.840\.10008\.1\.3\.10$/, 'a directory of files (DICOMDIR)'],
  [/\.1\.1\.481\.3$/, 'an RT structure set'],
  [/\.1\.1\.481\./, 'an RT object without an image'],
  [/\.1\.1\.88\./, 'a structured report'],
  [/\.1\.1\.11\./, 'a presentation state'],
  [/\.1\.1\.104\./, 'an encapsulated document'],
  [/\.1\.1\.9\./, 'a waveform'],
  [/\.1\.1\.66/, 'raw data or a registration'],
];

/** Why a DICOM file holds no image that can be labelled; undefined where it holds one. */
export function notAnImage({ dataSet, hasPixels }: Header): string | undefined {
  const sopClass = dataSet.text('0008,0016') || dataSet.text('0002,0002');
  if (dataSet.has('0004,1220')) return 'a directory of files (DICOMDIR)';
  const derived = DERIVED.find(([prefix]) => sopClass === prefix);
  if (derived !== undefined) return derived[1];
  if (!hasPixels) {
    const what = WITHOUT_PIXELS.find(([pattern]) => pattern.test(sopClass))?.[1];
    return what === undefined ? 'holds no pixels' : `${what}: holds no pixels`;
  }
  return undefined;
}
