import type { Source } from '../../shared/image/index.ts';
import type { Affine } from '../../shared/volume.ts';
import {
  dataFileName,
  notEncoded,
  notOfFormat,
  notOfType,
  notThreeDimensional,
  numbersOf,
  readTextHeader,
} from './text-header.ts';
import {
  nameOf,
  truncated,
  UNKNOWN_ORIENTATION,
  usableAffine,
  usableSizes,
  type VolumeFile,
} from './volume-file.ts';
import { bytesOf, type VoxelType } from './voxel-types.ts';

/*
 * MetaImage, the format of MetaIO (“MetaIO/Documentation” of ITK): fields, of which the last names the file
 * of the voxels or says that they follow.
 */

/** `ElementType`; a long has 4 bytes (MetaIO's MET_ValueTypeSize). */
const TYPES: Readonly<Record<string, VoxelType>> = {
  MET_CHAR: 'int8',
  MET_UCHAR: 'uint8',
  MET_SHORT: 'int16',
  MET_USHORT: 'uint16',
  MET_INT: 'int32',
  MET_UINT: 'uint32',
  MET_LONG: 'int32',
  MET_ULONG: 'uint32',
  MET_LONG_LONG: 'int64',
  MET_ULONG_LONG: 'uint64',
  MET_FLOAT: 'float32',
  MET_DOUBLE: 'float64',
};

/**
 * The header of an .mha or .mhd file.
 * @param besides gives the file of that name in its folder.
 * @throws MarginaliaError as `openNrrd`.
 */
export async function openMetaImage(
  source: Source,
  besides: (name: string) => Promise<Source>,
): Promise<VolumeFile> {
  const name = nameOf(source.path);
  const { fields, end } = await readTextHeader(source, '=', (text) => {
    if (!/^\s*\w+[ \t]*=/.test(text)) notOfFormat(name, 'MetaImage');
    const last = /^[ \t]*ElementDataFile[ \t]*=[^\n]*(\n|$)/im.exec(text);
    return last ? last.index + last[0].length : undefined;
  });
  const first = (...names: readonly string[]): string | undefined =>
    names.map((field) => fields.get(field.toLowerCase())).find((value) => value !== undefined);
  const isYes = (...names: readonly string[]): boolean => /^(true|1)$/i.test(first(...names) ?? '');

  const dims = numbersOf(first('DimSize')) ?? [0];
  const channels = Number(first('ElementNumberOfChannels') ?? 1);
  // The fourth axis counts volumes.
  if (dims.length !== 3 && dims.length !== 4)
    notThreeDimensional(name, `the sizes ${dims.join(' × ')}`);
  if (channels !== 1) notThreeDimensional(name, `${channels} values a voxel`);
  const [nx, ny, nz, volumes = 1] = usableSizes(dims, name) as [number, number, number, number?];
  const typeName = first('ElementType') ?? '';
  const type = TYPES[typeName.toUpperCase()] ?? notOfType(name, typeName);
  if (first('BinaryData') !== undefined && !isYes('BinaryData')) notEncoded(name, 'text');

  const dataFile = first('ElementDataFile')!;
  const data = /^local$/i.test(dataFile) ? null : await besides(dataFileName(dataFile, name));
  const start = data ? 0 : end;
  const stored = (data ?? source).size - start;
  const compressed = isYes('CompressedData');
  const compressedSize = Number(first('CompressedDataSize') ?? 0);
  if (compressed && compressedSize > stored) throw truncated(name, stored, compressedSize);
  const header = Number(first('HeaderSize') ?? 0);

  const matrix = numbersOf(first('TransformMatrix', 'Rotation', 'Orientation'));
  return {
    size: [nx, ny, nz],
    affineLps: usableAffine(
      affineOf(
        matrix ?? dims.flatMap((_, row) => dims.map((_, axis) => (row === axis ? 1 : 0))),
        dims.length,
        numbersOf(first('ElementSpacing', 'ElementSize')) ?? [1, 1, 1],
        numbersOf(first('Offset', 'Position', 'Origin')) ?? [0, 0, 0],
      ),
      name,
    ),
    volumes,
    warnings: matrix ? [] : [UNKNOWN_ORIENTATION],
    sources: data ? [source, data] : [source],
    voxels: {
      start,
      compressed,
      // −1: the voxels are what is last in the file.
      skip: header < 0 ? stored - nx * ny * nz * volumes * bytesOf(type) : header,
      type,
      samples: 1,
      littleEndian: !isYes('ElementByteOrderMSB', 'BinaryDataByteOrderMSB'),
      slope: 1,
      intercept: 0,
    },
  };
}

/** The matrix has the direction of one axis after the other, in LPS; `rank` numbers each. */
const affineOf = (
  matrix: readonly number[],
  rank: number,
  spacing: readonly number[],
  origin: readonly number[],
): Affine => [
  ...[0, 1, 2].flatMap((row) => [
    ...[0, 1, 2].map((axis) => (matrix[rank * axis + row] ?? NaN) * (spacing[axis] ?? NaN)),
    origin[row] ?? NaN,
  ]),
  ...[0, 0, 0, 1],
];
