import type { ImageWarning, Source } from '../../shared/image/index.ts';
import { flipLpsRas, type Affine, type Triple } from '../../shared/volume.ts';
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
  UNKNOWN_ORIENTATION,
  usableAffine,
  usableSizes,
  type VolumeFile,
} from './volume-file.ts';
import { bytesOf, type VoxelType } from './voxel-types.ts';

/*
 * The NRRD format of teem (“Definition of NRRD File Format”): a text header, then voxels or the name of
 * the file that has them.
 */

/** What the format calls its types, by their names without `_t`. */
const TYPES: Readonly<Record<string, VoxelType>> = {
  ...namesOf('int8', 'signed char'),
  ...namesOf('uint8', 'uchar', 'unsigned char'),
  ...namesOf('int16', 'short', 'short int', 'signed short', 'signed short int'),
  ...namesOf('uint16', 'ushort', 'unsigned short', 'unsigned short int'),
  ...namesOf('int32', 'int', 'signed int'),
  ...namesOf('uint32', 'uint', 'unsigned int'),
  ...namesOf(
    'int64',
    'longlong',
    'long long',
    'long long int',
    'signed long long',
    'signed long long int',
  ),
  ...namesOf('uint64', 'ulonglong', 'unsigned long long', 'unsigned long long int'),
  ...namesOf('float32', 'float'),
  ...namesOf('float64', 'double'),
};

function namesOf(type: VoxelType, ...names: readonly string[]): Record<string, VoxelType> {
  return Object.fromEntries([type, ...names].map((name) => [name, type]));
}

type ToLps = (affine: Affine) => Affine;
/** Brings a space of the patient to LPS; the others do not say where left is. */
const SPACES: Readonly<Record<string, ToLps>> = {
  ...spacesOf((affine) => affine, 'left-posterior-superior', 'lps'),
  ...spacesOf(flipLpsRas, 'right-anterior-superior', 'ras'),
  ...spacesOf(
    (affine) => affine.map((v, n) => (n >= 4 && n < 8 ? -v : v)),
    'left-anterior-superior',
    'las',
  ),
};

function spacesOf(toLps: ToLps, ...names: readonly string[]): Record<string, ToLps> {
  return Object.fromEntries(
    names.flatMap((name) => [name, `${name}-time`, `${name}t`].map((space) => [space, toLps])),
  );
}

/**
 * The header of an .nrrd or .nhdr file.
 * @param besides gives the file of that name in its folder.
 * @throws MarginaliaError `not-an-image`, `truncated-image`, `not-3d`, `bad-geometry`, `singular-affine`,
 *   `unsupported-voxel-type`, `unsupported-encoding`; as `dataFileName` and `besides`.
 */
export async function openNrrd(
  source: Source,
  besides: (name: string) => Promise<Source>,
): Promise<VolumeFile> {
  const name = nameOf(source.path);
  const { fields, end } = await readTextHeader(source, ':', (text, isWhole) => {
    if (!/^NRRD\d{4}\r?\n/.test(text)) notOfFormat(name, 'NRRD');
    const blank = /\r?\n\r?\n/.exec(text);
    if (blank) return blank.index + blank[0].length;
    // A header alone needs no blank line.
    return isWhole && /^data ?file:/im.test(text) ? text.length : undefined;
  });
  const [size, volumes] = sizeOf(fields, name);
  const typeName = fields.get('type') ?? '';
  const type = TYPES[typeName.toLowerCase().replace(/_t$/, '')] ?? notOfType(name, typeName);
  const encoding = (fields.get('encoding') ?? '').toLowerCase();
  const compressed = encoding === 'gzip' || encoding === 'gz';
  if (!compressed && encoding !== 'raw') notEncoded(name, encoding || 'nothing that is said');
  const skips = (field: string): number =>
    Number(fields.get(`${field} skip`) ?? fields.get(`${field}skip`) ?? 0);
  if (skips('line') !== 0) notEncoded(name, 'something behind lines of text');
  const dataFile = fields.get('data file') ?? fields.get('datafile');
  const data = dataFile === undefined ? null : await besides(dataFileName(dataFile, name));
  const promised = size[0] * size[1] * size[2] * volumes * bytesOf(type);
  const start = data ? 0 : end;
  const { affineLps, warnings } = placeOf(fields, name);
  return {
    size,
    affineLps,
    volumes,
    warnings,
    sources: data ? [source, data] : [source],
    voxels: {
      start,
      compressed,
      // −1: the voxels are what is last in the file.
      skip: skips('byte') < 0 ? (data ?? source).size - start - promised : skips('byte'),
      type,
      samples: 1,
      littleEndian: fields.get('endian')?.toLowerCase() !== 'big',
      slope: 1,
      intercept: 0,
    },
  };
}

type Fields = ReadonlyMap<string, string>;

/** One volume, or several along a last axis that is none of space. */
function sizeOf(fields: Fields, name: string): readonly [size: Triple, volumes: number] {
  const sizes = usableSizes(numbersOf(fields.get('sizes')) ?? [0], name);
  const [nx, ny, nz, volumes] = sizes as [number, number, number, number?];
  const ways = waysOf(fields);
  const isInSpace = [0, 1, 2].every((axis) => ways?.[axis] !== null);
  if ((sizes.length === 3 && isInSpace) || (sizes.length === 4 && isInSpace && ways?.[3] === null))
    return [[nx, ny, nz], volumes ?? 1];
  return notThreeDimensional(
    name,
    isInSpace ? `the sizes ${sizes.join(' × ')}` : 'several values a voxel',
  );
}

/** The vector of each axis, null for one that is none of space. */
function waysOf(fields: Fields): (number[] | null)[] | undefined {
  const found = fields.get('space directions')?.match(/none|\([^)]*\)/gi);
  return found?.map((way) => (/none/i.test(way) ? null : numbersOf(way.slice(1, -1))!));
}

function placeOf(
  fields: Fields,
  name: string,
): { readonly affineLps: Affine; readonly warnings: readonly ImageWarning[] } {
  const ways = waysOf(fields);
  const spacings = numbersOf(fields.get('spacings')) ?? [1, 1, 1];
  const origin = numbersOf(fields.get('space origin')?.replace(/[()]/g, '')) ?? [0, 0, 0];
  const at = (row: number, axis: number): number =>
    ways ? (ways[axis]?.[row] ?? NaN) : row === axis ? spacings[axis]! : 0;
  const affine: Affine = [
    ...[0, 1, 2].flatMap((row) => [at(row, 0), at(row, 1), at(row, 2), origin[row] ?? NaN]),
    ...[0, 0, 0, 1],
  ];
  const toLps = ways && SPACES[fields.get('space')?.toLowerCase() ?? ''];
  return {
    affineLps: usableAffine(toLps ? toLps(affine) : affine, name),
    warnings: toLps ? [] : [UNKNOWN_ORIENTATION],
  };
}
