import type { Source } from '../../shared/image/index.ts';
import { readWholeHeader } from './scan.ts';

/**
 * What an object that is made from another has in common with it, in PS3.3's modules: Patient
 * (C.7.1.1), General Study (C.7.2.1), Patient Study (C.7.2.2) and Frame of Reference (C.7.4.1).
 */
const SHARED = {
  PatientName: '0010,0010',
  PatientID: '0010,0020',
  IssuerOfPatientID: '0010,0021',
  PatientBirthDate: '0010,0030',
  PatientSex: '0010,0040',
  PatientIdentityRemoved: '0012,0062',
  DeidentificationMethod: '0012,0063',
  StudyInstanceUID: '0020,000d',
  StudyDate: '0008,0020',
  StudyTime: '0008,0030',
  ReferringPhysicianName: '0008,0090',
  StudyID: '0020,0010',
  AccessionNumber: '0008,0050',
  StudyDescription: '0008,1030',
  FrameOfReferenceUID: '0020,0052',
  PositionReferenceIndicator: '0020,1040',
} as const;

/** There also where they are empty (type 2). */
const ALWAYS: ReadonlySet<string> = new Set([
  'PatientName',
  'PatientID',
  'PatientBirthDate',
  'PatientSex',
  'StudyInstanceUID',
  'StudyDate',
  'StudyTime',
  'ReferringPhysicianName',
  'StudyID',
  'AccessionNumber',
]);

/** These attributes of a DICOM file by their keywords, texts decoded; '' where a file lacks one. */
export async function patientAndStudy(source: Source): Promise<Record<string, string>> {
  const { dataSet } = (await readWholeHeader(source)).header;
  const present = Object.entries(SHARED)
    .map(([keyword, tag]) => [keyword, dataSet.text(tag)] as const)
    .filter(([keyword, value]) => value !== '' || ALWAYS.has(keyword));
  const shared = Object.fromEntries(present);
  // Which it needs beside the other (type 1C), and may have as codes.
  if (shared['PatientIdentityRemoved'] === 'YES')
    shared['DeidentificationMethod'] ??= 'as in the source images';
  return shared;
}
