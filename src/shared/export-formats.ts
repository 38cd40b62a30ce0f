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
  const until = resamplable ? ' until they are resampled' : '';
  switch (format) {
    case 'nifti':
    case 'bids':
      if (!isGrid) return `they lie on no regular grid${until}`;
      return channels === 3 ? 'they are in colour, and it holds grey values' : null;
    case 'dicom-seg':
    case 'dicom-labelmap':
      return isDicom ? null : 'they are no DICOM series to lie in';
    case 'nnunet':
      if (isGrid || channels === 3 || (range[0] >= 0 && range[1] <= MOST_IN_PNG)) return null;
      return `it takes pictures as PNG, which holds 0 to ${MOST_IN_PNG}, and they have other values${until}`;
    case 'png':
    case 'coco':
    case 'published':
    case 'report':
    case 'csv':
      return null;
  }
}

/** All formats, those first that can hold the labels of an image. */
export function formatsFor(image: ExportedImage): ExportFormat[] {
  const isPossible = (format: ExportFormat): boolean => whyNotWritten(format, image) === null;
  return [
    ...EXPORT_FORMATS.filter(isPossible),
    ...EXPORT_FORMATS.filter((format) => !isPossible(format)),
  ];
}
