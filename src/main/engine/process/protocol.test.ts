import { describe, expect, it } from 'vitest';
import type { LearningSlice } from '../learn/types.ts';
import type { ColourSlice, GreySlice } from '../preprocess.ts';
import { learningSchema, toEngineSchema } from './protocol.ts';

/** All that a slice may have: what a schema does not name is lost on the way to the engine. */
const grey: Required<GreySlice> = {
  channels: 1,
  rows: 1,
  columns: 2,
  pixels: Int16Array.of(1, 2),
  window: { centre: 1, width: 2 },
  inverted: true,
};
const colour: Required<ColourSlice> = {
  channels: 3,
  rows: 1,
  columns: 1,
  pixels: Uint8Array.of(1, 2, 3),
};

describe('what is sent to the engine', () => {
  it.each([grey, colour])('arrives whole: a slice with $channels channels to predict', (slice) => {
    const request = {
      id: 'a',
      slice,
      prompts: ['liver'],
      samples: 1,
      seed: 0,
      sliceKey: 'b',
      tolerance: 0,
      priority: 0,
      preview: false,
      alone: true,
    };
    const message = { type: 'predict', request };
    expect(toEngineSchema.parse(message)).toEqual(message);
  });

  it('arrives whole: slices to learn from', () => {
    const slices: LearningSlice[] = [grey, colour].map((slice) => ({
      slice,
      targets: [{ prompt: 'liver', mask: Uint8Array.of(1) }],
    }));
    const job = {
      training: slices,
      validation: slices,
      settings: {
        steps: 1,
        batch: 1,
        rate: [0.1, 0.01],
        trainable: { lastAdapters: 1 },
        seed: 0,
        flip: true,
        replay: 0,
        variants: 1,
        validateEvery: 1,
      },
    };
    expect(learningSchema.parse(job)).toEqual(job);
  });
});
