import { expect, it } from 'vitest';
import { formatByDefault, formatsFor, isResampledFor, whyNotWritten } from './export-formats.ts';

const range = [-1000, 2000] as const;
const dicom = { resamplable: false, channels: 1, isDicom: true } as const;
const volume = { isGrid: true, range, stack: dicom };
const tilted = { isGrid: false, range, stack: { ...dicom, resamplable: true } };
const clip = { isGrid: false, range: [0, 255], stack: { ...dicom, channels: 3 } } as const;
const doubled = { isGrid: false, range, stack: dicom };
const photographs = { ...clip, stack: { ...clip.stack, isDicom: false } };

it('of a DICOM volume everything is written as it is', () => {
  for (const format of formatsFor(volume)) {
    expect(whyNotWritten(format, volume)).toBe(null);
    expect(isResampledFor(format, volume)).toBe(false);
  }
});

it('slices that can be resampled are for formats of volumes alone, and those come behind the others', () => {
  expect(formatsFor(tilted)).toHaveLength(formatsFor(volume).length);
  expect(formatsFor(tilted).filter((format) => whyNotWritten(format, tilted))).toEqual([]);
  expect(formatsFor(tilted).filter((format) => isResampledFor(format, tilted))).toEqual(
    formatsFor(tilted).slice(-3),
  );
});

it('a DICOM segmentation is for every DICOM image, and for no other', () => {
  expect([volume, tilted, clip, doubled].map((image) => whyNotWritten('dicom-seg', image))).toEqual(
    [null, null, null, null],
  );
  expect(whyNotWritten('dicom-labelmap', photographs)).toContain('no DICOM series');
});

it('a volume is refused of what cannot be made one, with the reason', () => {
  expect(whyNotWritten('nifti', clip)).toContain('in colour');
  expect(whyNotWritten('bids', doubled)).toContain('cannot be brought onto one');
});

it('what is written by default keeps the slices and names no patient', () => {
  expect([volume, tilted, clip, photographs].map(formatByDefault)).toEqual([
    'nifti',
    'png',
    'png',
    'png',
  ]);
});
