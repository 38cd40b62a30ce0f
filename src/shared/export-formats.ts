/** What labels are written as. */
export const EXPORT_FORMATS = [
  'nifti',
  'dicom-seg',
  'dicom-labelmap',
  'bids',
  'png',
  'coco',
  'published',
  'nnunet',
  'report',
  'csv',
] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** What of an opened image decides which formats can hold its labels. */
export interface ExportedImage {
  /** Whether its slices lie on a regular grid. */
  readonly isGrid: boolean;
  /** Of all values. */
  readonly range: readonly [number, number];
  readonly stack: {
    /** Whether its slices can be brought onto a grid. */
    readonly resamplable: boolean;
    readonly channels: 1 | 3;
    /** Whether DICOM objects can refer to it. */
    readonly isDicom: boolean;
  };
}

/** The most that a grey value of a PNG can be. */
export const MOST_IN_PNG = 65535;

/** Why labels of an image cannot be written in a format, in words that follow “these images: …”; null where they can. */
export function whyNotWritten(
  format: ExportFormat,
  { isGrid, range, stack: { resamplable, channels, isDicom } }: ExportedImage,
): string | null {
  switch (format) {
    case 'nifti':
    case 'bids':
      if (channels === 3) return 'they are in colour, and it holds grey values';
      if (isGrid || resamplable) return null;
      return 'they lie on no regular grid, and cannot be brought onto one';
    case 'dicom-seg':
    case 'dicom-labelmap':
      return isDicom ? null : 'they are no DICOM series to lie in';
    case 'nnunet':
      if (isGrid || resamplable || channels === 3 || (range[0] >= 0 && range[1] <= MOST_IN_PNG))
        return null;
      return `it takes pictures as PNG, which holds 0 to ${MOST_IN_PNG}, and they have other values`;
    case 'png':
    case 'coco':
    case 'published':
    case 'report':
    case 'csv':
      return null;
  }
}

/** Whether image and labels are resampled for a format, as it holds volumes and they are none. */
export const isResampledFor = (format: ExportFormat, image: ExportedImage): boolean =>
  ['nifti', 'bids', 'nnunet'].includes(format) && !image.isGrid && image.stack.resamplable;

/** What is written where nobody says what: it keeps the slices as they are, and names no patient. */
export const formatByDefault = (image: ExportedImage): ExportFormat =>
  whyNotWritten('nifti', image) === null && image.isGrid ? 'nifti' : 'png';

/** All formats: those first that hold the labels of an image as they are, then what they are resampled for. */
export const formatsFor = (image: ExportedImage): ExportFormat[] => {
  const rank = (format: ExportFormat): number =>
    whyNotWritten(format, image) !== null ? 2 : isResampledFor(format, image) ? 1 : 0;
  return [...EXPORT_FORMATS].sort((a, b) => rank(a) - rank(b));
};
