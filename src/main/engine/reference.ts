import { MarginaliaError } from '../../shared/errors.ts';
import { createAccumulator } from '../../shared/uncertainty.ts';
import { adamStep, createAdamState } from './adam.ts';
import { bundleWeights, readTrainable, type Bundle } from './bundle/bundle.ts';
import {
  openSafetensors,
  readFloats,
  readIntegers,
  type SafetensorsFile,
  type TensorToWrite,
} from './bundle/safetensors.ts';
import { loadModel } from './load.ts';
import { backboneOf, fusionsOf } from './medclipseg/backbone.ts';
import { visionTokens, type Architecture } from './medclipseg/config.ts';
import { noiseName } from './medclipseg/graphs.ts';
import { createLearner } from './medclipseg/learner.ts';
import type { ImageCode, NoiseSource, PromptCode } from './medclipseg/model.ts';
import type { OpenedModel } from './medclipseg/open.ts';
import { tensorShapes } from './medclipseg/shapes.ts';
import type { Device } from './runtime/session.ts';

/*
 * Runs a bundle on given tensors and noise, so that its numbers can be compared with those of the
 * published code. Names of tensors in and out are those of the reference fixtures.
 */

interface Inputs {
  readonly file: SafetensorsFile;
  readonly batch: number;
  /** Normalised images, [3, H, W] each. */
  readonly images: readonly Float32Array[];
  readonly ids: readonly number[][];
  readonly masks: readonly number[][];
}

/**
 * Reads `image` [B, 3, H, W], `token_ids` [B, T], and `attention_mask` [B, T] where the model's text
 * tower masks padding. The other one ends a prompt with the token of the largest id.
 */
function readInputs(path: string, a: Architecture): Inputs {
  const file = openSafetensors(path);
  expectShape(file, 'image', [null, 3, a.image, a.image]);
  const batch = file.tensors.get('image')!.shape[0]!;
  const rows = (name: string): number[][] => {
    expectShape(file, name, [batch, a.context]);
    return parts(readIntegers(file, name), batch);
  };
  const ids = rows('token_ids');
  const masks = backboneOf(a).text.attendsToPadding
    ? ids.map((row) => row.map((_, i) => (i <= row.indexOf(Math.max(...row)) ? 1 : 0)))
    : rows('attention_mask');
  return { file, batch, images: parts(readFloats(file, 'image'), batch), ids, masks };
}

/**
 * The bundle at the context length of given tokens, where its position table has that many rows:
 * a checkpoint does not say which length it was trained with.
 */
function atContextOf(bundle: Bundle, path: string): Bundle {
  const { architecture: a } = bundle;
  const context = openSafetensors(path).tensors.get('token_ids')?.shape[1] ?? a.context;
  return context > a.maxPosition ? bundle : { ...bundle, architecture: { ...a, context } };
}

function expectShape(file: SafetensorsFile, name: string, shape: readonly (number | null)[]): void {
  const actual = file.tensors.get(name)?.shape;
  const fits =
    actual?.length === shape.length && shape.every((d, i) => d === null || d === actual[i]);
  if (!fits) {
    throw new MarginaliaError(
      'bad-inputs',
      `${file.path}: the tensor ${name} is ${actual ? `[${actual.join(', ')}]` : 'missing'}; the model needs [${shape.map((d) => d ?? 'B').join(', ')}].`,
      'Give the inputs that belong to this architecture.',
    );
  }
}

function parts<T extends Float32Array | number[]>(whole: T, count: number): T[] {
  const size = whole.length / count;
  return Array.from({ length: count }, (_, i) => whole.slice(i * size, (i + 1) * size) as T);
}

/** Noise of every item of the batch from `<prefix>.eps.<adapter>.<attention>` [B, tokens, C]. */
function storedNoise(
  file: SafetensorsFile,
  prefix: string,
  batch: number,
  a: Architecture,
): NoiseSource[] {
  const whole = new Map<string, Float32Array[]>();
  for (const { adapter: k } of fusionsOf(a)) {
    for (const [attention, tokens] of [
      ['img_to_txt', a.context],
      ['txt_to_img', visionTokens(a)],
    ] as const) {
      const name = `${prefix}.${noiseName(k, attention)}`;
      expectShape(file, name, [batch, tokens, a.adapter]);
      whole.set(noiseName(k, attention), parts(readFloats(file, name), batch));
    }
  }
  return Array.from({ length: batch }, (_, b): NoiseSource => (k, attention, out) => {
    out.set(whole.get(noiseName(k, attention))![b]!);
  });
}

/** The mean pass, every `sample.<s>` whose noise is given, and the uncertainty over those samples. */
export async function runReference(
  given: Bundle,
  device: Device,
  ioPath: string,
): Promise<TensorToWrite[]> {
  const bundle = atContextOf(given, ioPath);
  const a = bundle.architecture;
  const inputs = readInputs(ioPath, a);
  const model = await loadModel(bundle, device);
  try {
    return await passes(model, inputs, a);
  } finally {
    await model.dispose();
  }
}

async function passes(
  model: OpenedModel,
  inputs: Inputs,
  a: Architecture,
): Promise<TensorToWrite[]> {
  const { batch, file } = inputs;
  const codes: { image: ImageCode; prompt: PromptCode }[] = [];
  for (let b = 0; b < batch; b++) {
    codes.push({
      image: await model.encodeImage(inputs.images[b]!),
      prompt: await model.encodePrompt(inputs.ids[b]!, inputs.masks[b]!),
    });
  }
  const out: TensorToWrite[] = [];
  const put = (name: string, shape: number[], values: Float32Array): void =>
    void out.push({ name, shape, dtype: 'F32', values: () => values });
  const pass = async (prefix: string, noise: NoiseSource[] | null): Promise<Float32Array> => {
    const r = await model.pass(codes.map((code, b) => ({ ...code, noise: noise?.[b] ?? null })));
    put(`${prefix}.logits`, [batch, a.image, a.image], r.logits);
    const features = publishedFeatures(r.imageFeatures, batch, a);
    put(`${prefix}.image_features`, [batch, features.length / batch / a.joint, a.joint], features);
    put(`${prefix}.text_features`, [batch, a.joint], r.textFeatures);
    return r.logits;
  };
  await pass('mean_pass', null);

  const accumulator = createAccumulator(batch * a.image * a.image);
  let samples = 0;
  const first = fusionsOf(a)[0]?.adapter ?? 0;
  for (; file.tensors.has(`sample.${samples}.${noiseName(first, 'img_to_txt')}`); samples++) {
    accumulator.add(
      await pass(`sample.${samples}`, storedNoise(file, `sample.${samples}`, batch, a)),
    );
  }
  if (samples > 0) {
    const maps = accumulator.maps();
    const shape = [batch, a.image, a.image];
    put('mean_probability', shape, maps.probability);
    put('entropy', shape, maps.total);
    put('aleatoric', shape, maps.aleatoric);
    put('epistemic', shape, maps.epistemic);
  }
  return out;
}

/** Features [B, N, E] as the published code gives them: of CLIP without the class token. */
function publishedFeatures(features: Float32Array, batch: number, a: Architecture): Float32Array {
  if (backboneOf(a).classFeatures) return features;
  const size = features.length / batch - a.joint;
  const patches = new Float32Array(batch * size);
  parts(features, batch).forEach((item, b) => patches.set(item.subarray(a.joint), b * size));
  return patches;
}

export interface StepOptions {
  readonly inputs: string;
  readonly train: string;
  readonly steps: number;
  readonly lr: number;
  readonly device: Device;
}

/**
 * Adam steps on one fixed batch with given noise: losses of every step, gradients of the first,
 * parameters after the first and the last.
 */
export async function stepReference(given: Bundle, options: StepOptions): Promise<TensorToWrite[]> {
  const bundle = atContextOf(given, options.inputs);
  const a = bundle.architecture;
  const inputs = readInputs(options.inputs, a);
  const { batch } = inputs;
  const train = openSafetensors(options.train);
  expectShape(train, 'mask', [batch, a.image, a.image]);
  const shapes = tensorShapes(a);
  const parameters = readTrainable(bundle);
  const state = createAdamState(parameters);
  const learner = await createLearner({
    architecture: a,
    frozen: bundleWeights(bundle),
    trainable: [...parameters.keys()],
    batch,
    towers: true,
    device: options.device,
    folder: bundle.folder,
  });
  const out: TensorToWrite[] = [];
  const put = (name: string, shape: readonly number[], values: Float32Array): void =>
    void out.push({ name, shape, dtype: 'F32', values: () => values });
  try {
    for (let step = 0; step < options.steps; step++) {
      const { losses, gradient } = await learner.run(
        {
          inputs: {
            image: readFloats(inputs.file, 'image'),
            token_ids: BigInt64Array.from(inputs.ids.flat(), BigInt),
          },
          textMask: Float32Array.from(inputs.masks.flat()),
          target: readFloats(train, 'mask'),
          noise: storedNoise(train, `step.${step}`, batch, a),
        },
        parameters,
      );
      for (const [name, value] of Object.entries(losses)) {
        put(`step.${step}.loss.${name}`, [1], Float32Array.of(value as number));
      }
      if (step === 0) {
        for (const name of parameters.keys())
          put(`step.0.grad.${name}`, shapes.get(name)!, gradient(name));
      }
      adamStep(parameters, gradient, state, { lr: options.lr });
      if (step === 0 || step === options.steps - 1) {
        for (const [name, values] of parameters) {
          put(`step.${step}.after.${name}`, shapes.get(name)!, values.slice());
        }
      }
    }
  } finally {
    await learner.dispose();
  }
  return out;
}
