import { join } from 'node:path';
import { REPLAY_FILE, REPLAY_PAIRS } from '../../src/main/engine/bundle/replay.ts';
import { writeSafetensors } from '../../src/main/engine/bundle/safetensors.ts';
import { drawBatch } from './data/batches.ts';
import { createPhantomPool, SIDE } from './data/phantoms.ts';

const IMAGES = 16;
const REPLAY_SEED = 1;

/**
 * Phantoms with two prompts each, drawn as in training, for learning to repeat. Phantoms only: real
 * images are not given away with a model.
 */
export function writeReplay(folder: string): void {
  const phantom = createPhantomPool(0, IMAGES);
  const pixels = SIDE * SIDE;
  const images = new Uint8Array(IMAGES * pixels);
  const masks = new Uint8Array(2 * IMAGES * pixels);
  const pairs: { image: number; prompt: string }[] = [];
  for (let n = 0; n < IMAGES; n++) {
    // Every image comes twice, with two prompts.
    const batch = drawBatch({ hippocampus: [], phantom }, 2, REPLAY_SEED, n);
    images.set(batch.images.subarray(0, pixels), n * pixels);
    masks.set(batch.masks, 2 * n * pixels);
    pairs.push(...batch.prompts.map((prompt) => ({ image: n, prompt })));
  }
  writeSafetensors(
    join(folder, REPLAY_FILE),
    [
      { name: 'images', dtype: 'U8', shape: [IMAGES, SIDE, SIDE], values: () => images },
      { name: 'masks', dtype: 'U8', shape: [2 * IMAGES, SIDE, SIDE], values: () => masks },
    ],
    { [REPLAY_PAIRS]: JSON.stringify(pairs) },
  );
}
