import { readSheet } from 'read-excel-file/node';
import { MarginaliaError } from '../../shared/errors.ts';
import type { Channels, Source } from '../../shared/image/index.ts';
import { findSources } from '../files/index.ts';
import { nameOf, stemOf } from './names.ts';
import { openPicture } from './open-picture.ts';
import {
  publishedSplits,
  type PromptTable,
  type PublishedSplit,
  type Split,
} from './published-layout.ts';
import { readPage } from './read-frames.ts';

/** A data set in the layout of the published code, as it lies on a disk or in a zip. */
export interface PublishedDataset {
  readonly root: string;
  readonly splits: readonly PublishedSplit[];
  /** Of every file below it, by its path. */
  readonly sources: ReadonlyMap<string, Source>;
}

/** A picture with the prompt and the mask that belong together. A picture may have several. */
export interface PublishedCase {
  /** Name of the picture: the key of its frame in the set that the reader makes of the folder. */
  readonly picture: string;
  /** Path of the picture. */
  readonly path: string;
  /** Path of its mask; `readMask` reads it. */
  readonly mask: string;
  /** What the table says is to be segmented; null where the data set has no tables. */
  readonly description: string | null;
}

/** A mask as OpenCV's IMREAD_GRAYSCALE gives it: column fastest. What is above 127 is inside. */
export interface Mask {
  readonly columns: number;
  readonly rows: number;
  readonly values: Uint8Array;
}

/** A picture in 8 bits: grey, or red, green and blue interleaved; column fastest. */
export interface PublishedPixels extends Mask {
  readonly channels: Channels;
}

/**
 * Lists a data set, without reading its pictures.
 * @param root the folder with `Train_Folder`, `Val_Folder` or `Test_Folder`, or a zip of it.
 * @throws MarginaliaError `no-such-path`, `unreadable-path`; `no-published-dataset`.
 */
export async function openPublishedDataset(root: string): Promise<PublishedDataset> {
  const sources = new Map<string, Source>();
  for await (const item of findSources([root], () => Promise.resolve([])))
    if ('read' in item) sources.set(item.path, item);
  const splits = publishedSplits([...sources.keys()]);
  const roots = [...new Set(splits.map((split) => split.root))];
  if (roots.length === 1) return { root: roots[0]!, splits, sources };
  throw new MarginaliaError(
    'no-published-dataset',
    roots.length === 0
      ? `${root} is not laid out as the published data sets: it has no Train_Folder/img, Val_Folder/img or Test_Folder/img with pictures.`
      : `${root} holds ${roots.length} data sets: ${roots.map(nameOf).join(', ')}.`,
    'Give the folder of one data set: it has Train_Folder, Val_Folder or Test_Folder, each with img and label.',
  );
}

/**
 * The pictures of one part with their masks and prompts: a case for each row of the table, in its order; without
 * tables one for each picture, in natural order of the names.
 * @param prompts which table: `original`, `underdescriptive` and so on.
 * @throws MarginaliaError `no-such-split`, `no-such-prompts`; `bad-prompt-table`; `missing-picture`, where a
 *   table names a picture that is not there, or without tables a mask has none; `missing-mask`.
 */
export async function publishedCases(
  { root, splits, sources }: PublishedDataset,
  wanted: Split,
  prompts?: string,
): Promise<PublishedCase[]> {
  const split = splits.find((one) => one.split === wanted);
  if (split === undefined) {
    const there = splits.map((one) => one.split).join(', ');
    throw new MarginaliaError(
      'no-such-split',
      `${nameOf(root)} has no pictures in ${wanted}_Folder/img.`,
      `It has ${there}.`,
    );
  }
  if (prompts === undefined && split.tables.length === 0) {
    requirePictures(split);
    return split.pictures.map(caseByName);
  }
  const table = split.tables.find((one) => one.prompts === (prompts ?? 'original'));
  if (table !== undefined) return casesOfTable(split, table, await sources.get(table.path)!.read());
  const there = split.tables.map((one) => one.prompts).join(', ');
  throw new MarginaliaError(
    'no-such-prompts',
    `${split.name} has no prompts “${prompts ?? 'original'}”.`,
    there === ''
      ? `There is no table ${wanted}_text_${prompts}.xlsx in Prompts_Folder.`
      : `Prompts_Folder has ${there}.`,
  );

  function caseByName({ name, path, mask }: PublishedSplit['pictures'][number]): PublishedCase {
    return { picture: name, path, mask: mask ?? missingMask(name, name), description: null };
  }
}

/** Without a table nothing else says that a picture is missing. */
function requirePictures({ pictures, masks, name }: PublishedSplit): void {
  const stems = new Set(pictures.map((picture) => stemOf(picture.name)));
  for (const mask of masks.keys()) {
    if (stems.has(stemOf(mask))) continue;
    throw new MarginaliaError(
      'missing-picture',
      `The mask ${mask} in ${name} has no picture of that name in img.`,
      'Add the picture, or take the mask out.',
    );
  }
}

function missingMask(picture: string, mask: string): never {
  throw new MarginaliaError(
    'missing-mask',
    `The picture ${picture} has no mask: there is no ${mask} in label.`,
    'Add the mask, or take the picture out: figures over a part of the pictures are not comparable.',
  );
}

const COLUMNS = ['Image', 'Description', 'Ground Truth'] as const;

async function casesOfTable(
  { pictures, masks, name }: PublishedSplit,
  { path }: PromptTable,
  bytes: Uint8Array,
): Promise<PublishedCase[]> {
  const byName = new Map(pictures.map((picture) => [picture.name, picture.path]));
  return (await rowsOf(path, bytes)).map(([picture, description, groundTruth]) => {
    const file = byName.get(picture);
    if (file === undefined) {
      throw new MarginaliaError(
        'missing-picture',
        `${nameOf(path)} names the picture ${picture}, which is not in ${name}.`,
        'Add the picture, or take its row out of the table.',
      );
    }
    const mask = masks.get(groundTruth) ?? missingMask(picture, groundTruth);
    return { picture, path: file, mask, description };
  });
}

type Row = readonly [picture: string, description: string, groundTruth: string];

/** What the rows of a table say in the three columns, empty rows left out. */
async function rowsOf(path: string, bytes: Uint8Array): Promise<Row[]> {
  const [head = [], ...rows] = await cellsOf(path, bytes);
  const names = head.map((cell) => cell.toLowerCase());
  const [image, description, mask] = COLUMNS.map((column) => {
    const at = names.indexOf(column.toLowerCase());
    if (at >= 0) return at;
    throw badTable(path, `it has no column “${column}”`);
  }) as [number, number, number];
  return rows
    .filter((row) => row.some((cell) => cell !== ''))
    .map((row) => [row[image] ?? '', row[description] ?? '', row[mask] ?? '']);
}

/** Of the first sheet, trimmed. */
async function cellsOf(path: string, bytes: Uint8Array): Promise<string[][]> {
  try {
    const rows = await readSheet(Buffer.from(bytes));
    return rows.map((row) => row.map((cell) => String(cell ?? '').trim()));
  } catch (error) {
    throw badTable(path, error instanceof Error ? error.message : String(error));
  }
}

const badTable = (path: string, why: string): MarginaliaError =>
  new MarginaliaError(
    'bad-prompt-table',
    `The prompt table ${nameOf(path)} cannot be read: ${why.replace(/\.$/, '')}.`,
    'It is an .xlsx file whose first row has Image, Description and Ground Truth.',
  );

/**
 * Reads a mask.
 * @param path as a case has it.
 * @throws MarginaliaError as `openPicture` and `readPage`.
 */
export async function readMask(
  dataset: PublishedDataset,
  path: string,
  signal?: AbortSignal,
): Promise<Mask> {
  const { columns, rows, values } = await readEightBits(dataset, path, 1, signal);
  return { columns, rows, values };
}

/**
 * Reads a picture as OpenCV's IMREAD_COLOR does, but red first, and grey in one channel.
 * @param path as a case has it.
 * @throws as `readMask`.
 */
export const readPublishedPicture = (
  dataset: PublishedDataset,
  path: string,
  signal?: AbortSignal,
): Promise<PublishedPixels> => readEightBits(dataset, path, null, signal);

/** The first page of a file. @param channels 1 asks for the brightness of colour; null: as it is. */
async function readEightBits(
  { sources }: PublishedDataset,
  path: string,
  wanted: 1 | null,
  signal: AbortSignal | undefined,
): Promise<PublishedPixels> {
  const file = await openPicture(sources.get(path)!, signal);
  if (file === null) throw new RangeError(`${path} is no picture of the data set`);
  const channels = wanted ?? file.pages[0]!.channels;
  const { columns, rows, values } = await readPage(file, 0, channels, signal);
  const isDeep = values instanceof Uint16Array;
  return {
    columns,
    rows,
    channels,
    values: isDeep ? Uint8Array.from(values, (v) => v >> 8) : values,
  };
}
