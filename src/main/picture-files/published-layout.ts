import { groupBy } from '../../shared/group-by.ts';
import { folderOf, inNaturalOrder, nameOf, stemOf } from './names.ts';
import { isNamedAsPicture } from './format.ts';

/** The parts of a published data set. */
export const SPLITS = ['Train', 'Val', 'Test'] as const;
export type Split = (typeof SPLITS)[number];

/** A picture of a published data set. */
export interface PublishedPicture {
  /** Of the file: prompt tables name it so, and it is the key of its frame in the set. */
  readonly name: string;
  readonly path: string;
  /** Path of the mask with the same name, whatever its ending; null where there is none. */
  readonly mask: string | null;
}

/** A table that gives pictures their prompts. */
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
  /** The folder of the data set. */
  readonly root: string;
  /** The folder `img`. */
  readonly folder: string;
  /** In natural order of their names. */
  readonly pictures: readonly PublishedPicture[];
  /** Paths of every picture in `label`, by its name. */
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
  const inFolder = (parent: string, name: string): string[] =>
    [...folders].flatMap(([folder, files]) =>
      folderOf(folder) === parent && nameOf(folder) === name ? files : [],
    );
  return [...folders].flatMap(([folder, files]) => {
    const split = splitOf(folder);
    const images = files.filter((path) => isNamedAsPicture(nameOf(path)));
    if (split === undefined || images.length === 0) return [];
    const part = folderOf(folder);
    const root = folderOf(part);
    const labels = inFolder(part, 'label').filter((path) => isNamedAsPicture(nameOf(path)));
    const masks = new Map(labels.map((path) => [nameOf(path), path]));
    return {
      split,
      name: nameOf(root) === '' ? split : `${nameOf(root)} · ${split}`,
      root,
      folder,
      pictures: picturesOf(images, masks),
      masks,
      tables: inFolder(root, 'Prompts_Folder').flatMap((path) => tableOf(path, split)),
    };
  });
}

function picturesOf(
  paths: readonly string[],
  masks: ReadonlyMap<string, string>,
): PublishedPicture[] {
  const byStem = new Map([...masks].map(([name, path]) => [stemOf(name), path]));
  return paths
    .map((path) => {
      const name = nameOf(path);
      return { name, path, mask: masks.get(name) ?? byStem.get(stemOf(name)) ?? null };
    })
    .sort((a, b) => inNaturalOrder(a.name, b.name));
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
  const pictures = paths.filter((path) => isNamedAsPicture(nameOf(path)));
  const stems = new Set(pictures.map(stemOf));
  for (const path of pictures) {
    const of = stemOf(path).replace(/_mask(_\d+)?$/i, '');
    if (of !== stemOf(path) && stems.has(of)) found.set(path, 'a mask of a picture beside it');
  }
  return found;
}
