import { createHash } from 'node:crypto';
import type { FrameInfo, ImageInfo, Source } from '../../shared/image/index.ts';
import type { PictureFormat } from './format.ts';
import { inNaturalOrder, nameOf, stemOf } from './names.ts';
import type { PageHeader } from './thread/page.ts';

/** A file of pictures, after its headers were read. */
export interface PictureFile {
  readonly source: Source;
  readonly format: PictureFormat;
  /** Of its content. */
  readonly digest: string;
  /** At least one. */
  readonly pages: readonly PageHeader[];
}

/** Where a frame lies. */
export interface FramePlace {
  readonly file: PictureFile;
  readonly page: number;
}

/** A picture, the pages of a file, or all pictures of a folder. */
export interface PictureImage extends ImageInfo {
  /** Of each frame. */
  readonly places: readonly FramePlace[];
  /** Of its values: the most that a frame has. */
  readonly bits: 8 | 16;
}

/** Values as they are, 0 black and 255 white: DICOM PS3.3 C.11.2.1.2. */
const ALL_OF_8_BITS = { name: '', centre: 128, width: 256 } as const;

/**
 * The image that the files of one folder make.
 * @param files of one folder, at least one, in any order.
 * @param nameOfSet by which they are listed, if there are several.
 */
export function imageOf(
  files: readonly PictureFile[],
  reader: string,
  nameOfSet: string,
): PictureImage {
  const ordered = files.toSorted((a, b) =>
    inNaturalOrder(nameOf(a.source.path), nameOf(b.source.path)),
  );
  const [first] = ordered as [PictureFile];
  const places = ordered.flatMap((file) => file.pages.map((_, page) => ({ file, page })));
  const headers = ordered.flatMap(({ pages }) => pages);
  const channels = headers.some((page) => page.channels === 3) ? 3 : 1;
  const bits = channels === 1 && headers.some((page) => page.bits === 16) ? 16 : 8;
  return {
    id: ordered.length === 1 ? `picture-${first.digest}` : `pictures-${setDigest(ordered)}`,
    reader,
    kind: kindOf(ordered),
    channels,
    inverted: false,
    frames: places.map(frameAt),
    grid: null,
    resamplable: false,
    warnings: [],
    files: ordered.map(({ source }) => source.path),
    distinction: '',
    modality: '',
    bodyPart: '',
    description: ordered.length === 1 ? stemOf(nameOf(first.source.path)) : nameOfSet,
    protocol: '',
    acquisition: 'unknown',
    windows: channels === 1 && bits === 8 ? [ALL_OF_8_BITS] : [],
    places,
    bits,
  };
}

/** Pages of one size belong together, as those of a microscope; files of a folder need not. */
function kindOf(files: readonly PictureFile[]): ImageInfo['kind'] {
  const [{ pages }] = files as [PictureFile];
  if (files.length > 1) return 'set';
  if (pages.length === 1) return 'picture';
  const [{ columns, rows }] = pages as [PageHeader];
  const isOneSize = pages.every((page) => page.columns === columns && page.rows === rows);
  return isOneSize ? 'stack' : 'set';
}

/**
 * Labels belong to a frame by its place in the image: with another picture, or another name that changes the
 * order, it is another image. The folder may be called as it will.
 */
function setDigest(files: readonly PictureFile[]): string {
  const hash = createHash('sha256');
  for (const { source, digest } of files) hash.update(`${nameOf(source.path)}\0${digest}\0`);
  return hash.digest('hex').slice(0, 32);
}

function frameAt({ file, page }: FramePlace): FrameInfo {
  const { columns, rows } = file.pages[page]!;
  const name = nameOf(file.source.path);
  return {
    key: page === 0 ? name : `${name}#${page + 1}`,
    size: [columns, rows],
    plane: null,
    // What PNG, JPEG and TIFF say of density is that of print: never a length in a patient.
    spacing: null,
    time: null,
  };
}
