import type { Architecture } from '../../src/main/engine/medclipseg/config.ts';

/** The compact model that ships as the default bundle. */
export function compactArchitecture(vocab: number): Architecture {
  return {
    image: 224,
    patch: 16,
    visionWidth: 192,
    visionHeads: 3,
    textWidth: 128,
    textHeads: 2,
    layers: 5,
    vocab,
    context: 32,
    maxPosition: 32,
    joint: 128,
    adapter: 64,
    fusionLayers: [1, 2, 3, 4],
    numUpscale: 2,
    beta: 2.35,
    temperature: 0.2,
    maskPadding: true,
  };
}
