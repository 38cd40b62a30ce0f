import { groupBy } from '../../shared/group-by.ts';
import { folderOf, inNaturalOrder, nameOf, stemOf } from './names.ts';
import { PICTURE_FILE } from './format.ts';

/** The parts of a published data set. */
export const SPLITS = ['Train', 'Val', 'Test'] as const;
export type Split = (typeof SPLITS)[number];

/** A picture of a published data set. */
export interface PublishedPicture {
  /** Of the file, as prompt tables name it. */
  readonly name: string;
  readonly path: string;
  /** Path of the mask with the same name, whatever its ending; null where there is none. */
  readonly mask: string | null;
}

/** A table that gives pictures their prompts; `readPromptTable` reads it. */
export interface PromptTable {
  /** What sets it apart from others of the same part: `original`, `underdescriptive`, `10`. */
  readonly prompts: string;
  readonly path: string;
}

/** `{Train,Val,Test}_Folder` of a published data set. */
export interface PublishedSplit {
  readonly split: Split;
  /** With the name of the data set: `BUSI · Train`. */
  readonly name: string;
  /** In natural order of their names. */
  readonly pictures: readonly PublishedPicture[];
  /** Every file in `label`, by its name. */
  readonly masks: ReadonlyMap<string, string>;
  readonly tables: readonly PromptTable[];
}

/**
 * The data sets among files: folders laid out as the published MedCLIPSeg code expects them,
 * `<set>/{Train,Val,Test}_Folder/{img,label}` and `<set>/Prompts_Folder/<Split>_text[_<prompts>].xlsx`.
 * @param paths of files; entries of a zip follow its path after a `!`.
 */
export function publishedSplits(paths: readonly string[]): PublishedSplit[] {
  const folders = groupBy(paths, folderOf);
  const splits: PublishedSplit[] = [];
  for (const [folder, images] of folders) {
    const split = splitOf(folder);
    const pictures = images.map(nameOf).filter((name) => PICTURE_FILE.test(name));
    if (split === undefined || pictures.length === 0) continue;
    const part = folderOf(folder);
    const root = folderOf(part);
    const labels = [...folders].filter(
      ([other]) => folderOf(other) === part && nameOf(other) === 'label',
    );
    const masks = new Map(
      labels
        .flatMap(([, files]) => files)
        .filter((path) => PICTURE_FILE.test(path))
        .map((path) => [nameOf(path), path]),
    );
    const byStem = new Map([...masks].map(([name, path]) => [stemOf(name), path]));
    const tables = [...folders].filter(
      ([other]) => folderOf(other) === root && nameOf(other) === 'Prompts_Folder',
    );
    splits.push({
      split,
      name: nameOf(root) === '' ? split : `${nameOf(root)} · ${split}`,
      pictures: images
        .filter((path) => PICTURE_FILE.test(path))
        .map((path) => {
          const name = nameOf(path);
          return { name, path, mask: masks.get(name) ?? byStem.get(stemOf(name)) ?? null };
        })
        .sort((a, b) => inNaturalOrder(a.name, b.name)),
      masks,
      tables: tables.flatMap(([, files]) => files.flatMap((path) => tableOf(path, split))),
    });
  }
  return splits;
}

/** Of which part of a data set a folder has the pictures. */
function splitOf(folder: string): Split | undefined {
  if (nameOf(folder) !== 'img') return undefined;
  return SPLITS.find((split) => nameOf(folderOf(folder)) === `${split}_Folder`);
}

function tableOf(path: string, split: Split): PromptTable[] {
  const match = /^(Train|Val|Test)_text(?:_(.+))?\.xlsx$/i.exec(nameOf(path));
  if (match?.[1] !== split) return [];
  return [{ prompts: match[2] ?? 'original', path }];
}

/**
 * What files are that belong to pictures, in words: the masks and prompt tables of published data sets; and
 * masks beside a picture `x.png` that are named `x_mask.png`, `x_mask_1.png` and so on, as in BUSI as its
 * authors give it. Files that are missing here belong to no picture.
 */
export function filesOfPictures(paths: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { name, pictures, masks, tables } of publishedSplits(paths)) {
    for (const path of masks.values())
      found.set(path, `a mask in ${name} whose picture is not there`);
    for (const { mask } of pictures) if (mask !== null) found.set(mask, `a mask of ${name}`);
    for (const { path } of tables) found.set(path, `prompts of ${name}`);
  }
  const pictures = paths.filter((path) => PICTURE_FILE.test(path));
  const stems = new Set(pictures.map(stemOf));
  for (const path of pictures) {
    const of = stemOf(path).replace(/_mask(_\d+)?$/i, '');
    if (of !== stemOf(path) && stems.has(of)) found.set(path, 'a mask of a picture beside it');
  }
  return found;
}
