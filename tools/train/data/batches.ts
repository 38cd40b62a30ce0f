import { keyedState, type RandomState } from '../../../src/shared/random.ts';
import { disturb, warp, type LabelledSlice } from '../../../src/main/engine/learn/augment.ts';
import { chance, pick } from '../../../src/shared/random-draws.ts';
import { SIDE } from './phantoms.ts';
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
  /** None: phantoms alone. */
  readonly hippocampus: readonly HippocampusCase[];
  readonly phantom: DrawPhantom | null;
}

/** How often a prompt asks for what this kind of image never shows. */
const FOREIGN = 0.06;
/** How often a prompt asks for what this kind of image may show, shown or not. */
const ANY = 0.2;
const BRAIN: readonly Structure[] = ['hippocampus', 'hippocampus', 'anterior', 'posterior'];
const ABDOMEN: readonly Structure[] = [
  'liver',
  'left kidney',
  'right kidney',
  'kidneys',
  'spleen',
  'lesion',
];

/**
 * The batch of one step; the same step and seed give the same batch. Every image comes twice in a
 * row, with two prompts that most often mean different things: the text must decide.
 */
export function drawBatch(
  source: BatchSource,
  size: number,
  seed: number,
  step: number,
): TrainingBatch {
  const pixels = SIDE * SIDE;
  const images = new Uint8Array(size * pixels);
  const masks = new Uint8Array(size * pixels);
  const prompts: string[] = [];
  for (let b = 0; b < size; b += 2) {
    const state = keyedState(seed, step, b);
    const none = source.hippocampus.length === 0;
    const brain = source.phantom === null || (!none && b % 4 === 0);
    const drawn = brain
      ? drawHippocampusSlice(state, pick(state, source.hippocampus))
      : source.phantom!(state);
    const first = drawStructure(state, drawn, brain);
    const second = drawStructure(state, drawn, brain, first);
    const pair = [first, second].slice(0, size - b);
    const asked = pair.map((structure) => maskOf(drawn, structure, brain));
    const slice = warp({ ...drawn, masks: asked }, state, { side: SIDE, flip: brain });
    const { values } = disturb(slice.picture, state);
    for (const [n, structure] of pair.entries()) {
      images.set(values, (b + n) * pixels);
      masks.set(slice.masks[n]!, (b + n) * pixels);
      prompts.push(
        drawPrompt(state, structure, chance(state, 0.95) === brain ? 'brain' : 'abdomen'),
      );
    }
  }
  return { images, masks, prompts };
}

/** Mostly what the slice shows, and not `besides` where there is something else. */
function drawStructure(
  state: RandomState,
  slice: LabelledSlice,
  brain: boolean,
  besides?: Structure,
): Structure {
  if (chance(state, FOREIGN)) return pick(state, brain ? ABDOMEN : BRAIN);
  const own = (brain ? BRAIN : ABDOMEN).filter((structure) => structure !== besides);
  if (chance(state, ANY)) return pick(state, own);
  const shown = own.filter((structure) => maskOf(slice, structure, brain).includes(1));
  return pick(state, shown.length > 0 ? shown : own);
}

const PARTS: Record<'brain' | 'abdomen', Partial<Record<Structure, readonly number[]>>> = {
  brain: { anterior: [0], posterior: [1], hippocampus: [0, 1] },
  abdomen: {
    // The liver includes what grows in it.
    liver: [0, 4],
    'left kidney': [1],
    'right kidney': [2],
    kidneys: [1, 2],
    spleen: [3],
    lesion: [4],
  },
};

/** The mask that a structure stands for; empty for what this kind of image never shows. */
function maskOf(slice: LabelledSlice, structure: Structure, brain: boolean): Uint8Array {
  const mask = new Uint8Array(slice.picture.rows * slice.picture.columns);
  for (const part of PARTS[brain ? 'brain' : 'abdomen'][structure] ?? []) {
    slice.masks[part]!.forEach((v, i) => (mask[i]! |= v));
  }
  return mask;
}
