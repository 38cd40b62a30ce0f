import { createSliceTexture, type SliceTexture } from './slice-texture.ts';

/** Which slices along the third axis are there: in memory, and as a row of texels (0 or 1). */
export interface Arrival {
  /** Whether every slice is there. */
  readonly isWhole: boolean;
  has(slice: number): boolean;
  /** From the first to the last, both included. */
  add(first: number, last: number): void;
  texture(gl: WebGL2RenderingContext): WebGLTexture;
  forget(): void;
  dispose(): void;
}

/** @param step between the slices that have a texel. */
export function createArrival(slices: number, step: number): Arrival {
  const texels = Math.ceil(slices / step);
  const there = new Uint8Array(slices);
  let missing = slices;
  let texture: SliceTexture | undefined;
  let isStale = true;

  return {
    get isWhole() {
      return missing === 0;
    },
    has: (slice) => there[slice] === 1,
    add(first, last) {
      there.fill(1, Math.max(0, first), last + 1);
      missing = there.reduce((sum, one) => sum - one, slices);
      isStale = true;
    },
    texture(gl) {
      isStale ||= texture === undefined;
      texture ??= createSliceTexture(gl, texels, 1, there);
      const row =
        step === 1 ? there : Uint8Array.from({ length: texels }, (_, t) => there[t * step]!);
      if (isStale) texture.upload(row, { u: 0, v: 0, width: texels, height: 1 });
      isStale = false;
      return texture.texture;
    },
    forget: () => void (texture = undefined),
    dispose() {
      texture?.dispose();
      texture = undefined;
    },
  };
}
