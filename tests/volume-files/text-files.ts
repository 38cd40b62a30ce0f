/** Voxels of 2 × 3 × 4, the same in all files. */
export const values = Int16Array.from({ length: 24 }, (_, n) => n * 7 - 60);
const NRRD = [
  'NRRD0004',
  'type: short',
  'dimension: 3',
  'space: right-anterior-superior',
  'sizes: 2 3 4',
  'space directions: (2,0,0) (0,3,0) (0,0,4)',
  'endian: little',
];
export const nrrd = (...more: string[]): string => `${[...NRRD, ...more].join('\n')}\n\n`;
const META = [
  'ObjectType = Image',
  'NDims = 3',
  'BinaryData = True',
  'BinaryDataByteOrderMSB = False',
  'TransformMatrix = 1 0 0 0 1 0 0 0 1',
  'Offset = 5 6 7',
  'DimSize = 2 3 4',
  'ElementSpacing = 2 3 4',
  'ElementType = MET_SHORT',
];
export const meta = (...more: string[]): string => `${[...META, ...more].join('\n')}\n`;
export const withData = (
  header: string,
  data: Uint8Array = new Uint8Array(values.buffer),
): Buffer => Buffer.concat([Buffer.from(header), data]);
