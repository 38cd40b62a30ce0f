import { keyedState, type RandomState } from '../../../src/shared/random.ts';
import { disturb, SIDE, warp, type LabelledSlice } from './augment.ts';
import { chance, pick } from '../../../src/shared/draw.ts';
import { drawHippocampusSlice, type HippocampusCase } from './hippocampus.ts';
import { drawPrompt, type Structure } from './prompts.ts';

export interface TrainingBatch {
  /** [B, S, S], 8-bit grey. */
  readonly images: Uint8Array;
  /** [B, S, S] of 0 and 1. */
  readonly masks: Uint8Array;
  readonly prompts: readonly string[];
}

/** Abdominal slices with masks in the order liver, left kidney, right kidney, spleen, lesion. */
export type DrawPhantom = (state: RandomState) => LabelledSlice;

export interface BatchSource {
  readonly hippocampus: readonly HippocampusCase[];
  readonly phantom: DrawPhantom | null;
}

/** How often a prompt asks for what the image does not show: the text must decide. */
const ABSENT = 0.1;
const BRAIN: readonly Structure[] = ['hippocampus', 'hippocampus', 'anterior', 'posterior'];
const ABDOMEN: readonly Structure[] = ['liver', 'left kidney', 'right kidney', 'kidneys', 'spleen', 'lesion', 'lesion']; // prettier-ignore

/** The batch of one step; the same step and seed give the same batch. */
export function drawBatch(
  source: BatchSource,
  size: number,
  seed: number,
  step: number,
): TrainingBatch {
  const images = new Uint8Array(size * SIDE * SIDE);
  const masks = new Uint8Array(size * SIDE * SIDE);
  const prompts: string[] = [];
  for (let b = 0; b < size; b++) {
    const state = keyedState(seed, step, b);
    const brain = source.phantom === null || b % 2 === 0;
    const drawn = brain
      ? drawHippocampusSlice(state, pick(state, source.hippocampus))
      : source.phantom!(state);
    const absent = chance(state, ABSENT);
    const structure = pick(state, brain !== absent ? BRAIN : ABDOMEN);
    // Only the mask that is asked for is worth turning.
    const asked = absent ? [] : [maskOf(drawn, structure)];
    const slice = warp({ ...drawn, masks: asked }, state, { flip: brain });
    disturb(slice.image, state);
    images.set(slice.image, b * SIDE * SIDE);
    prompts.push(drawPrompt(state, structure, chance(state, 0.9) === brain ? 'brain' : 'abdomen'));
    if (!absent) masks.set(slice.masks[0]!, b * SIDE * SIDE);
  }
  return { images, masks, prompts };
}

/** The mask that a structure stands for. The liver includes what grows in it. */
export function maskOf(slice: LabelledSlice, structure: Structure): Uint8Array {
  const parts: Record<Structure, readonly number[]> = {
    anterior: [0],
    posterior: [1],
    hippocampus: [0, 1],
    liver: [0, 4],
    'left kidney': [1],
    'right kidney': [2],
    kidneys: [1, 2],
    spleen: [3],
    lesion: [4],
  };
  const [first, second] = parts[structure].map((i) => slice.masks[i]!);
  return second === undefined ? first! : first!.map((v, i) => v | second[i]!);
}
