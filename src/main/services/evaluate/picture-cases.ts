import { MarginaliaError } from '../../../shared/errors.ts';
import type { Bundle } from '../../engine/bundle/bundle.ts';
import { resizePicture, type Picture, type Slice } from '../../engine/preprocess.ts';
import {
  openPublishedDataset,
  publishedCases,
  readMask,
  readPublishedPicture,
  type Mask,
  type PublishedCase,
  type PublishedDataset,
  type Split,
} from '../../images/index.ts';
import { isReadable } from '../models/index.ts';

/** Which pictures of a data set in the published layout, and what to ask for in them. */
export interface PictureChoice {
  /** Folder or zip of the data set. */
  readonly dataset: string;
  readonly split: Split;
  /** Which prompt table: `original`, `underdescriptive`, `10` and so on. */
  readonly prompts?: string;
  /** Asked for in every picture, in place of what a table says. */
  readonly prompt?: string;
  /** Only the first n. */
  readonly limit?: number;
}

/** A picture, its mask, and what to ask for. */
export interface PromptedCase extends Omit<PublishedCase, 'description'> {
  readonly prompt: string;
}

export interface PromptedCases {
  readonly dataset: PublishedDataset;
  readonly cases: readonly PromptedCase[];
}

/**
 * Lists the pictures and what to ask for in each, without reading them.
 * @throws MarginaliaError as `openPublishedDataset` and `publishedCases`; `no-prompts`; `prompt-too-long`, where
 *   the bundle cannot read one of the prompts.
 */
export async function promptedCases(choice: PictureChoice, bundle: Bundle): Promise<PromptedCases> {
  const dataset = await openPublishedDataset(choice.dataset);
  const all = await publishedCases(dataset, choice.split, choice.prompts);
  const cases = all.slice(0, choice.limit).map(({ description, ...rest }): PromptedCase => {
    const prompt = choice.prompt ?? description;
    if (prompt !== null && prompt !== '') return { ...rest, prompt };
    throw new MarginaliaError(
      'no-prompts',
      `Nothing says what to look for in ${rest.picture}${description === null ? ': the data set has no prompt tables' : ': its Description is empty'}.`,
      'Give one for every picture, e.g. --prompt "polyp in a colonoscopy image".',
    );
  });
  requireReadablePrompts(cases, bundle);
  return { dataset, cases };
}

function requireReadablePrompts(cases: readonly PromptedCase[], bundle: Bundle): void {
  const unreadable = cases.filter(({ prompt }) => !isReadable(bundle, prompt));
  if (unreadable.length === 0) return;
  const [{ picture, prompt }] = unreadable as [PromptedCase];
  throw new MarginaliaError(
    'prompt-too-long',
    `${unreadable.length} of ${cases.length} prompts have more tokens than the model ${bundle.json.name} reads (${bundle.architecture.context}); the first is that of ${picture}: “${prompt}”`,
    'Ask for the same in every picture with --prompt, or take a model that reads longer prompts.',
  );
}

/** A picture as the model sees it, and its mask. */
export interface ReadPicture {
  /** size × size, stretched. */
  readonly slice: Slice;
  readonly truth: Mask;
}

/**
 * Reads a picture and its mask. The picture is brought to the model's size here, as the published code does, so
 * that maps come back at that size, and large pictures take no more room than small ones.
 * @param size of the model's input in pixels.
 * @throws MarginaliaError as `readMask`.
 */
export async function readPromptedCase(
  dataset: PublishedDataset,
  { path, mask }: PromptedCase,
  size: number,
  signal?: AbortSignal,
): Promise<ReadPicture> {
  const { channels, columns, rows, values } = await readPublishedPicture(dataset, path, signal);
  return {
    slice: sliceOfPicture(resizePicture({ channels, columns, rows, values }, size, size)),
    truth: await readMask(dataset, mask, signal),
  };
}

/** A picture of 8 bits for the model, its values as they are. */
export function sliceOfPicture({ channels, rows, columns, values }: Picture): Slice {
  const shape = { rows, columns, pixels: values };
  return channels === 3 ? { ...shape, channels } : { ...shape, channels, window: ALL_OF_8_BITS };
}

/** Values as they are, 0 black and 255 white: DICOM PS3.3 C.11.2.1.2. */
const ALL_OF_8_BITS = { centre: 128, width: 256 } as const;

/** What of a mask is inside: above 127, as the published code has it. 1 inside, 0 outside. */
export const insideOf = ({ values }: Mask): Uint8Array => values.map((v) => (v > 127 ? 1 : 0));
