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

export function createArrival(slices: number): Arrival {
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
      texture ??= createSliceTexture(gl, slices, 1, there);
      if (isStale) texture.upload(there, { u: 0, v: 0, width: slices, height: 1 });
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
