import { lstat, readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { MarginaliaError } from '../../../shared/errors.ts';
import { DATASET_NAME } from '../../../shared/nnunet.ts';
import type { OutputFile } from '../atomic.ts';
import { parseDataset, type Dataset, type FileEnding } from './dataset.ts';

const DATASET_JSON = 'dataset.json';

/** @throws MarginaliaError `dataset-name`. */
export function requireName(folder: string): void {
  if (DATASET_NAME.test(basename(folder))) return;
  throw new MarginaliaError(
    'dataset-name',
    `${basename(folder)} is no name of an nnU-Net dataset.`,
    'It takes three digits and a name of letters, digits, _ and -: Dataset501_Liver.',
  );
}

/** nnU-Net tells datasets apart by their numbers. @throws MarginaliaError `dataset-name`. */
export async function requireFreeNumber(folder: string): Promise<void> {
  const own = basename(folder);
  const number = own.slice(0, 'Dataset000_'.length);
  const names = await readdir(dirname(folder)).catch(() => []);
  const other = names.find((name) => name.startsWith(number) && name !== own);
  if (other === undefined) return;
  throw new MarginaliaError(
    'dataset-name',
    `There is another dataset with the number of ${own}: ${other}. nnU-Net tells them apart by it.`,
    'Give the new dataset another number.',
  );
}

/** The text of dataset.json; undefined where there is none. */
export async function readText(folder: string): Promise<string | undefined> {
  const path = join(folder, DATASET_JSON);
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new MarginaliaError('dataset-differs', `${path} cannot be read (${error.code}).`);
  });
}

/** The dataset that there is; undefined where there is none. */
export async function parseOld(
  folder: string,
  text: string | undefined,
): Promise<Dataset | undefined> {
  if (text !== undefined) return parseDataset(text, join(folder, DATASET_JSON));
  const images = await readdir(join(folder, 'imagesTr')).catch(() => []);
  if (!images.some((name) => /\.(nii\.gz|png)$/.test(name) && !name.startsWith('.')))
    return undefined;
  throw new MarginaliaError(
    'dataset-differs',
    `${folder} has training images, but no ${DATASET_JSON}.`,
    'Put it there, or export into a new dataset.',
  );
}

/** As nnU-Net finds them: by the names of the images without channel and ending. */
async function trainingCases(folder: string, ending: FileEnding): Promise<Set<string>> {
  const names = await readdir(join(folder, 'imagesTr')).catch(() => []);
  const images = names.filter((name) => name.endsWith(ending) && !name.startsWith('.'));
  return new Set(images.map((name) => name.slice(0, -ending.length - '_0000'.length)));
}

/**
 * Counted when it is its turn: nobody else of this process writes to the folder then.
 * @param names of the cases that are written with it.
 * @param before its text, which the case was fitted to.
 */
export function datasetFile(
  folder: string,
  names: readonly string[],
  ending: FileEnding,
  dataset: (cases: number) => Dataset,
  before: string | undefined,
): OutputFile {
  const text = async (): Promise<string> => {
    if ((await readText(folder)) !== before) {
      throw new MarginaliaError(
        'dataset-changed',
        `Somebody else wrote to ${basename(folder)} in the meantime.`,
        'Export again.',
      );
    }
    const cases = await trainingCases(folder, ending);
    for (const name of names) cases.add(name);
    return `${JSON.stringify(dataset(cases.size), null, 2)}\n`;
  };
  return {
    name: DATASET_JSON,
    atMost: Buffer.byteLength(JSON.stringify(dataset(1), null, 2)) + 16,
    content: async function* () {
      yield Buffer.from(await text());
    },
  };
}

export const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );
