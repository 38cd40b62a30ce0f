import dcmjs from 'dcmjs';

const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';
/** Of this program's way of writing files (PS3.7 D.3.3.2): under 2.25, PS3.5 B.2. */
const IMPLEMENTATION = '2.25.91132953924414804915975739378066414373';

/** Attributes by their keywords (PS3.6), as dcmjs has them "naturalized". */
export interface Attributes {
  readonly SOPClassUID: string;
  readonly SOPInstanceUID: string;
  readonly [keyword: string]: unknown;
}

/** A DICOM file (PS3.10) of a data set: explicit little endian, texts in UTF-8. */
export function dicomFile(attributes: Attributes): Uint8Array {
  const { DicomDict, DicomMetaDictionary } = dcmjs.data;
  const file = new DicomDict(
    DicomMetaDictionary.denaturalizeDataset({
      FileMetaInformationVersion: new Uint8Array([0, 1]).buffer,
      MediaStorageSOPClassUID: attributes.SOPClassUID,
      MediaStorageSOPInstanceUID: attributes.SOPInstanceUID,
      TransferSyntaxUID: EXPLICIT_LITTLE_ENDIAN,
      ImplementationClassUID: IMPLEMENTATION,
      ImplementationVersionName: 'MARGINALIA',
    }),
  );
  file.dict = DicomMetaDictionary.denaturalizeDataset({
    SpecificCharacterSet: 'ISO_IR 192',
    ...attributes,
  });
  return new Uint8Array(file.write());
}

/** A decimal string (VR DS): at most 16 characters. */
export const ds = (value: number): string => String(Number(value.toPrecision(10))).slice(0, 16);
