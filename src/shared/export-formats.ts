/** What labels are written as. */
export const EXPORT_FORMATS = [
  'nifti',
  'dicom-seg',
  'dicom-labelmap',
  'bids',
  'png',
  'nnunet',
  'report',
  'csv',
] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** What of an image decides which formats can hold its labels. */
export interface ExportedImage {
  /** Whether its slices lie on a regular grid. */
  readonly isGrid: boolean;
  /** Whether its slices can be brought onto one. */
  readonly resamplable: boolean;
  readonly channels: 1 | 3;
  /** Whether DICOM objects can refer to it. */
  readonly isDicom: boolean;
}

/** Why labels of an image cannot be written in a format, as the host refuses it; null where they can. */
export function whyNotWritten(format: ExportFormat, image: ExportedImage): string | null {
  switch (format) {
    case 'nifti':
    case 'bids':
    case 'nnunet':
      return noVolume(image);
    case 'dicom-seg':
    case 'dicom-labelmap':
      return image.isDicom ? noVolume(image) : 'they are no DICOM series to lie in';
    case 'png':
    case 'report':
    case 'csv':
      return null;
  }
}

function noVolume({ isGrid, channels, resamplable }: ExportedImage): string | null {
  if (!isGrid)
    return `they lie on no regular grid${resamplable ? ' until they are resampled' : ''}`;
  return channels === 3 ? 'they are in colour, and it holds grey values' : null;
}

/** All formats, those first that can hold the labels of an image. */
export const formatsFor = (image: ExportedImage): ExportFormat[] => [
  ...EXPORT_FORMATS.filter((format) => whyNotWritten(format, image) === null),
  ...EXPORT_FORMATS.filter((format) => whyNotWritten(format, image) !== null),
];
