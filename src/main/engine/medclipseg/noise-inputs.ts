import { fusionsOf } from './backbone.ts';
import { visionTokens, type Architecture } from './config.ts';
import { noiseName } from './graphs.ts';
import type { NoiseSource } from './model.ts';

/** One noise input of a graph and the buffer that is handed to it. */
export interface NoiseBuffer {
  readonly name: string;
  readonly adapter: number;
  readonly attention: 'img_to_txt' | 'txt_to_img';
  readonly value: { readonly data: Float32Array; readonly dims: readonly number[] };
}

/** Zeroed buffers for the noise inputs of a batch: [B, T, C] and [B, N, C] for each adapter. */
export function noiseBuffers(a: Architecture, batch: number): NoiseBuffer[] {
  const buffer = (adapter: number, attention: NoiseBuffer['attention']): NoiseBuffer => {
    const tokens = attention === 'img_to_txt' ? a.context : visionTokens(a);
    const data = new Float32Array(batch * tokens * a.adapter);
    const value = { data, dims: [batch, tokens, a.adapter] };
    return { name: noiseName(adapter, attention), adapter, attention, value };
  };
  return fusionsOf(a).flatMap(({ adapter }) => [
    buffer(adapter, 'img_to_txt'),
    buffer(adapter, 'txt_to_img'),
  ]);
}

/** Draws the noise of every item into its part of the buffers; null leaves zeros: the mean pass. */
export function fillNoise(
  buffers: readonly NoiseBuffer[],
  sources: readonly (NoiseSource | null)[],
): void {
  for (const { adapter, attention, value } of buffers) {
    const size = value.data.length / sources.length;
    sources.forEach((source, i) => {
      const part = value.data.subarray(i * size, (i + 1) * size);
      if (source === null) part.fill(0);
      else source(adapter, attention, part);
    });
  }
}
