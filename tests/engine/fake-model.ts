import { setImmediate } from 'node:timers/promises';
import type { Architecture } from '../../src/main/engine/medclipseg/config.ts';
import type {
  ForwardItem,
  ImageCode,
  PromptCode,
  SegmentationModel,
} from '../../src/main/engine/medclipseg/model.ts';
import type { EngineBundle } from '../../src/main/engine/process/serve.ts';
import { MarginaliaError } from '../../src/shared/errors.ts';
import type { InputRules } from '../../src/main/engine/predict/codes.ts';

interface FakeImage extends ImageCode {
  readonly pixels: Float32Array;
}

interface FakePrompt extends PromptCode {
  readonly bias: number;
}

export interface FakeOptions {
  readonly size?: number;
  /** How strongly noise moves the logits. */
  readonly spread?: number;
  /** Waited for at the beginning of each run; may throw, or hold up the thread as a real run does. */
  readonly onForward?: (items: readonly ForwardItem[]) => void | Promise<void>;
}

export interface FakeModel extends SegmentationModel {
  /** Number of items of each run, negative for runs of the mean pass. */
  readonly runs: number[];
  images: number;
  prompts: number;
  disposed: boolean;
}

export const rules: InputRules = {
  channelOrder: 'RGB',
  mean: [0.5, 0.5, 0.5],
  std: [0.5, 0.5, 0.5],
  tokenize: (prompt) => {
    if (prompt.length > 20) throw new Error(`too long: ${prompt}`);
    return { ids: [prompt.length], attentionMask: [1] };
  },
};

/** A clock on which time goes by only when it is told to. */
export interface VirtualClock {
  /** Milliseconds since it was made. */
  readonly now: () => number;
  readonly advance: (milliseconds: number) => void;
}

export function virtualClock(): VirtualClock {
  let time = 0;
  return { now: () => time, advance: (milliseconds) => void (time += milliseconds) };
}

/** Logit of a pixel = its value (−1 … 1) + prompt length / 10 + spread × the mean of two draws. */
export function fakeModel(options: FakeOptions = {}): FakeModel {
  const { size = 8, spread = 1, onForward } = options;
  const pixels = size * size;
  const model: FakeModel = {
    architecture: { image: size, context: 1 } as Architecture,
    runs: [],
    images: 0,
    prompts: 0,
    disposed: false,
    async encodeImage(image): Promise<FakeImage> {
      model.images++;
      return { kind: 'image', pixels: image.slice(0, pixels) };
    },
    async encodePrompt(ids): Promise<FakePrompt> {
      model.prompts++;
      return { kind: 'prompt', bias: ids[0]! / 10 };
    },
    async forward(items) {
      await onForward?.(items);
      model.runs.push(items[0]!.noise === null ? -items.length : items.length);
      const logits = new Float32Array(items.length * pixels);
      const noise = [new Float32Array(pixels), new Float32Array(pixels)] as const;
      items.forEach((item, at) => {
        item.noise?.(0, 'img_to_txt', noise[0]);
        item.noise?.(1, 'txt_to_img', noise[1]);
        for (let i = 0; i < pixels; i++) {
          const drawn = item.noise === null ? 0 : (noise[0][i]! + noise[1][i]!) / Math.SQRT2;
          logits[at * pixels + i] =
            (item.image as FakeImage).pixels[i]! +
            (item.prompt as FakePrompt).bias +
            spread * drawn;
        }
      });
      return logits;
    },
    async dispose() {
      model.disposed = true;
    },
  };
  return model;
}

/** Learns nothing, in as many turns as it is asked for steps. */
export const fakeLearning: EngineBundle['learn'] = async ({ settings }, _device, hooks) => {
  for (let step = 1; step <= settings.steps; step++) {
    await hooks.yieldToPredictions();
    await setImmediate();
    if (hooks.signal.aborted) throw new MarginaliaError('cancelled', 'Learning was cancelled.');
    const losses = { bce: 1, dice: 1, contrastive: 0, total: 1 };
    hooks.onProgress({ step, steps: settings.steps, losses, secondsLeft: 0 });
  }
  return new Map([['gate', Float32Array.of(settings.steps)]]);
};
