import { z } from 'zod';

/*
 * What the main process and the engine say to each other. Both sides check what they receive;
 * typed arrays travel as they are (structured clone), never through JSON.
 */

const device = z.enum(['cpu', 'webgpu', 'cuda']);
const float32 = z.instanceof(Float32Array<ArrayBufferLike>);

const uint8 = z.instanceof(Uint8Array<ArrayBufferLike>);
const size = { rows: z.int().positive(), columns: z.int().positive() };

const slice = z.discriminatedUnion('channels', [
  z.object({
    channels: z.literal(1),
    ...size,
    pixels: z.union([
      z.instanceof(Int16Array<ArrayBufferLike>),
      z.instanceof(Uint16Array<ArrayBufferLike>),
      uint8,
      z.instanceof(Int32Array<ArrayBufferLike>),
      float32,
    ]),
    window: z.object({ centre: z.number(), width: z.number().positive() }),
    inverted: z.boolean().exactOptional(),
  }),
  z.object({ channels: z.literal(3), ...size, pixels: uint8 }),
]);

export const requestSchema = z.object({
  id: z.string(),
  slice,
  prompts: z.array(z.string().min(1)).min(1).max(255).readonly(),
  samples: z.int().nonnegative().max(10_000),
  seed: z.int().nonnegative(),
  sliceKey: z.string(),
  tolerance: z.number().nonnegative(),
  priority: z.number(),
  preview: z.boolean(),
  alone: z.boolean().exactOptional(),
});

const learningSlice = z.object({
  slice,
  targets: z
    .array(z.object({ prompt: z.string().min(1), mask: uint8 }))
    .min(1)
    .readonly(),
});

const rate = z.number().positive().max(1);

/** What a caller asks the engine to learn; the cases of the bundle are added there. */
export const learningSchema = z.object({
  training: z.array(learningSlice).readonly(),
  validation: z.array(learningSlice).readonly(),
  settings: z.object({
    steps: z.int().positive().max(100_000),
    batch: z.int().positive().max(256),
    rate: z.tuple([rate, rate]).readonly(),
    trainable: z.union([
      z.enum(['all', 'head']),
      z.object({ lastAdapters: z.int().nonnegative() }),
    ]),
    seed: z.int().nonnegative(),
    flip: z.boolean(),
    replay: z.number().min(0).max(1),
    variants: z.int().positive().max(10_000),
    validateEvery: z.int().positive(),
  }),
});

const errorInfo = z.object({
  code: z.string(),
  message: z.string(),
  hint: z.string().exactOptional(),
});

/** The answer to `load`. */
export const loadedSchema = z.object({ device });

/** The answer to `probe`: FLOP/s. */
export const measuredSchema = z.number().positive();

/** The answer to `memory`: the most bytes that the process has had in memory. */
export const memorySchema = z.number().positive();

/** Calls are answered by `answer` or `failed` with the same number. */
export const toEngineSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('load'),
    call: z.int(),
    folder: z.string(),
    /** Folder of learned adapters. */
    adapters: z.string().exactOptional(),
    device,
    /** Of the processor. */
    threads: z.int().positive().exactOptional(),
  }),
  z.object({ type: z.literal('unload'), call: z.int() }),
  z.object({ type: z.literal('probe'), call: z.int(), device }),
  z.object({ type: z.literal('memory'), call: z.int() }),
  z.object({ type: z.literal('predict'), request: requestSchema }),
  z.object({ type: z.literal('prioritise'), id: z.string(), priority: z.number() }),
  z.object({ type: z.literal('learn'), id: z.string(), job: learningSchema }),
  /** Of a prediction or of learning. */
  z.object({ type: z.literal('cancel'), id: z.string() }),
]);

const maps = z.object({
  probability: float32,
  total: float32,
  aleatoric: float32,
  epistemic: float32,
});

export const fromEngineSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('answer'), call: z.int(), value: z.unknown() }),
  z.object({ type: z.literal('failed'), call: z.int(), error: errorInfo }),
  /**
   * One label of a prediction's frame, in order: a message of several large maps would hold up the
   * receiver. The last label of the final frame ends the prediction.
   */
  z.object({
    type: z.literal('maps'),
    id: z.string(),
    samplesUsed: z.int().nonnegative(),
    final: z.boolean(),
    label: z.int().nonnegative(),
    maps,
  }),
  z.object({
    type: z.literal('learning'),
    id: z.string(),
    progress: z.object({
      step: z.int().positive(),
      steps: z.int().positive(),
      losses: z.object({
        bce: z.number(),
        dice: z.number(),
        contrastive: z.number(),
        total: z.number(),
      }),
      validationDice: z.number().exactOptional(),
      secondsLeft: z.number().nonnegative(),
    }),
  }),
  /** All trainable tensors; ends the learning. */
  z.object({ type: z.literal('learned'), id: z.string(), parameters: z.map(z.string(), float32) }),
  z.object({ type: z.literal('refused'), id: z.string(), error: errorInfo }),
  /** Which predictions the run that begins now is for: suspects if the engine dies in it. */
  z.object({ type: z.literal('running'), ids: z.array(z.string()).readonly() }),
  z.object({ type: z.literal('fell-back'), device, reason: z.string() }),
]);

export type ToEngine = z.infer<typeof toEngineSchema>;
export type FromEngine = z.infer<typeof fromEngineSchema>;
