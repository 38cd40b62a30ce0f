import { frameWord, type ImageKind } from '../../shared/image/index.ts';

/** Not a part of a path, of a name with dashes, or of what is quoted. */
const SLICE = /(?<![\w“"/\\.-])(s)lice(s?)(?![\w”"/\\-]|\.\w)/gi;

/**
 * A text about slices in the word for the frames of an image: slices, frames of a clip, pictures of a set.
 * All texts of the window are written of slices.
 */
export function inFrameWords(text: string, kind: ImageKind): string {
  const word = frameWord(kind);
  const title = `${word[0]!.toUpperCase()}${word.slice(1)}`;
  return text.replace(SLICE, (_, s: string, many: string) => `${s === 'S' ? title : word}${many}`);
}

/** The name that a picture of a set has of its own; '' where frames have numbers alone. */
export const frameName = (
  info: { readonly names: readonly string[] | null } | undefined,
  index: number,
): string => info?.names?.[index] ?? '';
