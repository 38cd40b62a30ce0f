import { describe, expect, it } from 'vitest';
import { MarginaliaError } from '../../shared/errors.ts';
import { errorReport } from './error-report.ts';

const about = {
  version: '1.2.3',
  node: '20',
  onnxruntime: '1.30',
  electron: null,
  platform: 'linux x64',
  host: 'web',
  notice: '',
} as const;
const of = (message: string, hint?: string): string =>
  errorReport(new MarginaliaError('no-dicom-found', message, hint), about, new Date(0));

describe('the report of an error', () => {
  it('says what failed, and where it ran', () => {
    const report = of('There are no images.', 'Choose another folder.');
    expect(report).toContain('Error no-dicom-found: There are no images.');
    expect(report).toContain('Hint: Choose another folder.');
    expect(report).toContain('Marginalia 1.2.3, 1970-01-01T00:00:00.000Z');
    expect(report).toContain('linux x64');
  });

  it.each([
    '/data/DOE^JANE 1953/ct.dcm cannot be read.',
    'There is nothing in "/home/me/Doe_Jane".',
    'C:\\scans\\Doe Jane\\ct.dcm cannot be read.',
    '\\\\server\\share\\Doe_Jane is gone.',
    'In /scans/Doe_Jane.zip!IM0001 the pixels are cut.',
  ])('leaves out names of folders and files: %s', (message) => {
    const report = of(message);
    expect(report).not.toMatch(/doe|jane/i);
    expect(report).toContain('<path>');
  });

  it('leaves out what was opened, blanks and all', () => {
    const error = new MarginaliaError(
      'x',
      'Nothing in /scans/Doe Jane 1953 can be read (Doe Jane 1953).',
    );
    const report = errorReport(error, about, new Date(0), ['/scans/Doe Jane 1953']);
    expect(report).not.toMatch(/doe|jane/i);
  });

  it('leaves out UIDs, and no other numbers', () => {
    const report = of('Series 1.2.840.113619.2.55.3 has 512 × 512 pixels of 0.78 mm.');
    expect(report).not.toContain('113619');
    expect(report).toContain('512 × 512 pixels of 0.78 mm');
  });
});
