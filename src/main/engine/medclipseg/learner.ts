import { input, type Tensor } from '../tensor/index.ts';
import { createSession, type SessionOptions, type Value } from '../runtime/session.ts';
import { visionTokens, type Architecture } from './config.ts';
import { firstFusion } from './forward.ts';
import { lossGraph, towerLossGraph } from './graphs.ts';
import type { NoiseSource } from './model.ts';
import { fillNoise, noiseBuffers } from './noise-inputs.ts';
import { tensorShapes } from './shapes.ts';
import type { Weights } from './weights.ts';

export interface LossValues {
  readonly bce: number;
  readonly dice: number;
  readonly contrastive: number;
  readonly total: number;
}

/** What a loss is computed from: tokens before the learner's first layer, or images and token ids. */
export type LearnerInputs =
  | { readonly image_tokens: Float32Array; readonly text_tokens: Float32Array }
  | { readonly image: Float32Array; readonly token_ids: BigInt64Array };

export interface LearnerBatch {
  readonly inputs: LearnerInputs;
  /** [B, T], 1 for tokens and 0 for padding. */
  readonly textMask: Float32Array;
  /** [B, H, W] of 0 and 1. */
  readonly target: Float32Array;
  /** Noise of each item; one draw a step, as published. null is the mean pass. */
  readonly noise: readonly (NoiseSource | null)[];
}

export interface LossAndGradients {
  readonly losses: LossValues;
  /** [B, H, W] */
  readonly logits: Float32Array;
  readonly gradient: (name: string) => Float32Array;
}

/** Computes losses and gradients of a fixed batch size on one device. */
export interface Learner {
  /** @param parameters every trainable tensor's present values, by name. */
  run(
    batch: LearnerBatch,
    parameters: ReadonlyMap<string, Float32Array>,
  ): Promise<LossAndGradients>;
  dispose(): Promise<void>;
}

export interface LearnerOptions extends SessionOptions {
  readonly architecture: Architecture;
  /** The frozen tensors. */
  readonly frozen: Weights;
  /** Names of the tensors to learn. */
  readonly trainable: readonly string[];
  readonly batch: number;
  /** Layer whose tokens are given: nothing trainable lies before it. Default: the first fusion. */
  readonly from?: number;
  /** From images and token ids, through the towers, instead of from tokens. */
  readonly towers?: boolean;
  /** With `towers`: the weight of the contrastive term, 0.1 as published. */
  readonly contrastiveWeight?: number;
}

export async function createLearner(options: LearnerOptions): Promise<Learner> {
  const { architecture: a, batch, trainable, from = firstFusion(a) } = options;
  const shapes = tensorShapes(a);
  const parameters = new Map<string, Tensor>(
    trainable.map((name) => [name, input(name, shapes.get(name)!)]),
  );
  const weights: Weights = (name) => parameters.get(name) ?? options.frozen(name);
  const graph = options.towers
    ? towerLossGraph(weights, parameters, batch, a, options.contrastiveWeight)
    : lossGraph(weights, parameters, batch, a, from);
  // Products with frozen weights go both ways: in cache order they would be held three times.
  const session = await createSession(graph, { ...options, prepack: false });
  const noise = noiseBuffers(a, batch);
  return {
    async run(data, values) {
      fillNoise(noise, data.noise);
      const feeds: Record<string, Value> = {
        ...inputValues(data.inputs, batch, a, from),
        ...Object.fromEntries(noise.map(({ name, value }) => [name, value])),
        text_mask: { data: data.textMask, dims: [batch, a.context] },
        target: { data: data.target, dims: [batch, a.image, a.image] },
        ...Object.fromEntries(
          trainable.map((name) => [name, { data: values.get(name)!, dims: shapes.get(name)! }]),
        ),
      };
      const results = await session.run(feeds);
      const loss = (name: string): number => results[`loss.${name}`]![0]!;
      return {
        losses: {
          bce: loss('bce'),
          dice: loss('dice'),
          contrastive: loss('contrastive'),
          total: loss('total'),
        },
        logits: results['logits']!,
        gradient: (name) => results[`grad.${name}`]!,
      };
    },
    dispose: () => session.dispose(),
  };
}

function inputValues(
  inputs: LearnerInputs,
  batch: number,
  a: Architecture,
  from: number,
): Record<string, Value> {
  if ('image' in inputs) {
    return {
      image: { data: inputs.image, dims: [batch, 3, a.image, a.image] },
      token_ids: { data: inputs.token_ids, dims: [batch, a.context] },
    };
  }
  return {
    image_tokens: { data: inputs.image_tokens, dims: [batch, visionTokens(a), a.visionWidth] },
    text_tokens: {
      data: inputs.text_tokens,
      dims: [batch, from === a.layers ? 1 : a.context, a.textWidth],
    },
  };
}
