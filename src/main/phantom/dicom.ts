import { createHash } from 'node:crypto';
import { uidOf } from '../../shared/uid.ts';
import { spacingOf } from '../../shared/volume.ts';
import { dicomFile, ds } from '../export/dicom-file.ts';
import type { PhantomVolume } from './volume.ts';

const CT_IMAGE_STORAGE = '1.2.840.10008.5.1.4.1.1.2';
/** Stored values are Hounsfield units less this, as scanners store them. */
const INTERCEPT = -1024;

/**
 * A UID under 2.25 (PS3.5 B.2), derived from what it names: the same phantom has the same UIDs.
 */
function uid(...parts: readonly (string | number)[]): string {
  return uidOf(createHash('sha256').update(parts.join('/')).digest('hex').slice(0, 32));
}

/**
 * Slice k of the phantom as a DICOM file: CT Image Storage (PS3.3 A.3), explicit little endian,
 * feet first as the volume is stored. The same phantom gives the same bytes.
 */
export function phantomSliceFile(
  { image, seed, sliceThickness }: PhantomVolume,
  k: number,
): Uint8Array {
  const [columns, rows, slices] = image.grid.size;
  const a = image.grid.affineLps;
  const [dx, dy] = spacingOf(image.grid);
  const key = ['marginalia phantom', seed, columns, slices] as const;
  const instance = uid(...key, 'instance', k);
  const stored = new Int16Array(columns * rows);
  for (let i = 0; i < stored.length; i++)
    stored[i] = image.data[k * stored.length + i]! - INTERCEPT;

  const dataset = {
    ImageType: ['DERIVED', 'SECONDARY', 'AXIAL'],
    SOPClassUID: CT_IMAGE_STORAGE,
    SOPInstanceUID: instance,
    StudyInstanceUID: uid(...key, 'study'),
    SeriesInstanceUID: uid(...key, 'series'),
    FrameOfReferenceUID: uid(...key, 'frame of reference'),
    StudyDate: '20000101',
    StudyTime: '000000',
    SeriesDate: '20000101',
    ContentDate: '20000101',
    ContentTime: '000000',
    AccessionNumber: '',
    Modality: 'CT',
    Manufacturer: 'Marginalia',
    ManufacturerModelName: 'procedural phantom',
    ReferringPhysicianName: '',
    StudyDescription: 'Procedural abdominal phantom',
    SeriesDescription: `Phantom ${seed}`,
    PatientName: 'Phantom^Marginalia',
    PatientID: `PHANTOM-${seed}`,
    PatientBirthDate: '',
    PatientSex: 'O',
    BodyPartExamined: 'ABDOMEN',
    SliceThickness: ds(sliceThickness),
    KVP: '120',
    PatientPosition: 'HFS',
    StudyID: '1',
    SeriesNumber: '1',
    AcquisitionNumber: '1',
    InstanceNumber: String(k + 1),
    ImagePositionPatient: [3, 7, 11].map((i) => ds(a[i]! + a[i - 1]! * k)),
    ImageOrientationPatient: ['1', '0', '0', '0', '1', '0'],
    PositionReferenceIndicator: '',
    SliceLocation: ds(a[11]! + a[10]! * k),
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: rows,
    Columns: columns,
    PixelSpacing: [ds(dy), ds(dx)],
    BitsAllocated: 16,
    BitsStored: 16,
    HighBit: 15,
    PixelRepresentation: 1,
    WindowCenter: '40',
    WindowWidth: '400',
    RescaleIntercept: String(INTERCEPT),
    RescaleSlope: '1',
    RescaleType: 'HU',
    PixelData: [stored.buffer],
    _vrMap: { PixelData: 'OW' },
  };
  return dicomFile(dataset);
}
