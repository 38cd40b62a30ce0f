import { mkdtempSync, openSync, closeSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Architecture } from '../../src/main/engine/medclipseg/config.ts';
import { tensorShapes } from '../../src/main/engine/medclipseg/shapes.ts';
import type { Weights } from '../../src/main/engine/medclipseg/weights.ts';
import { fillNormal } from '../../src/main/engine/runtime/noise.ts';
import { stored } from '../../src/main/engine/tensor/index.ts';
import { keyedState } from '../../src/shared/random.ts';

/** Tokens of the prompt; the rest of the context is padding. */
export const PROMPT = 12;

/** The published size: ViT-B/16 and BERT-base, context 256. */
export const FULL_SIZE: Architecture = {
  image: 224,
  patch: 16,
  visionWidth: 768,
  visionHeads: 12,
  textWidth: 768,
  textHeads: 12,
  layers: 12,
  vocab: 30522,
  context: 256,
  maxPosition: 512,
  joint: 512,
  adapter: 256,
  fusionLayers: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  numUpscale: 2,
  beta: 2.35,
  temperature: 0.2,
  maskPadding: false,
};

/** CLIP at the published size: its text tower is narrower. */
export const CLIP_SIZE: Architecture = {
  ...FULL_SIZE,
  backbone: 'clip',
  textWidth: 512,
  textHeads: 8,
  vocab: 49_408,
  context: 77,
  maxPosition: 77,
};

/** The compact size of the reference timings: 6.7 million parameters. */
export const COMPACT_SIZE: Architecture = {
  ...FULL_SIZE,
  visionWidth: 192,
  visionHeads: 3,
  textWidth: 192,
  textHeads: 3,
  layers: 6,
  vocab: 1000,
  context: 32,
  maxPosition: 32,
  joint: 192,
  adapter: 64,
  fusionLayers: [1, 2, 3, 4, 5],
};

/** Writes random weights of an architecture into a temporary folder. */
export function randomModel(a: Architecture): { folder: string; weights: Weights; bytes: number } {
  const folder = mkdtempSync(join(tmpdir(), 'marginalia-bench-'));
  const file = openSync(join(folder, 'weights.bin'), 'w');
  const tensors = new Map<string, ReturnType<Weights>>();
  let offset = 0;
  for (const [name, shape] of tensorShapes(a)) {
    const byteLength = writeSync(file, randomValues(name, shape));
    tensors.set(
      name,
      stored(name, [...shape], 'float32', { path: 'weights.bin', offset, byteLength }),
    );
    offset += byteLength;
  }
  closeSync(file);
  return { folder, weights: (name) => tensors.get(name)!, bytes: offset };
}

/** Values of a tensor as training might begin with: variance kept, norms 1, biases 0. */
export function randomValues(name: string, shape: readonly number[]): Float32Array {
  const values = new Float32Array(shape.reduce((n, d) => n * d, 1));
  if (shape.length > 1) {
    fillNormal(keyedState(0, name), values);
    const deviation = 1 / Math.sqrt(values.length / shape[0]!);
    for (let i = 0; i < values.length; i++) values[i]! *= deviation;
  } else values.fill(/norm|ln_|LayerNorm/.test(name) && name.endsWith('weight') ? 1 : 0);
  return values;
}
