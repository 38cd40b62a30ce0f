import { keyedState, nextInt32 } from '../../../shared/random.ts';
import type { RandomState } from '../../../shared/random.ts';
import type { NoiseSource } from '../medclipseg/model.ts';

/*
 * Standard normal numbers by the ziggurat method with 128 layers: Marsaglia and Tsang, "The
 * ziggurat method for generating random variables" (2000), with layer and position taken from
 * different bits (Doornik 2005). Only operations that IEEE 754 and ECMAScript define to the last
 * bit take part – Math.exp and Math.log are not among them – so a seed means the same everywhere.
 */
const LAYERS = 128;
/** Where the tail begins, and the area of each layer under exp(−x²/2) (Marsaglia and Tsang). */
const TAIL = 3.442619855899;
const AREA = 9.91256303526217e-3;
/** The position within a layer has 24 bits, the precision of a float32. */
const STEPS = 1 << 24;

/** 1/n!, to the power of x that a double still sees for |x| ≤ 1/2. */
const taylor = Float64Array.from({ length: 15 }, (_, n) => {
  let factorial = 1;
  for (let i = 2; i <= n; i++) factorial *= i;
  return 1 / factorial;
});

/** e^x for |x| ≤ 8: Taylor series of e^(x/16), squared four times. */
function exp(x: number): number {
  const r = x / 16;
  let sum = 0;
  for (let n = taylor.length - 1; n >= 0; n--) sum = sum * r + taylor[n]!;
  for (let i = 0; i < 4; i++) sum *= sum;
  return sum;
}

/** ln x for 0 < x ≤ 1: x = m·2^−k with m ≥ 3/4, then ln m = 2 artanh((m − 1)/(m + 1)). */
function log(x: number): number {
  let m = x;
  let k = 0;
  for (; m < 0.75; k++) m *= 2;
  const s = (m - 1) / (m + 1);
  let sum = 0;
  for (let n = 25; n > 0; n -= 2) sum = sum * s * s + 1 / n;
  return 2 * s * sum - k * Math.LN2;
}

const density = (x: number): number => exp(-0.5 * x * x);

/** Right edges of the layers, widest first; the base layer counts its tail as width. */
const edges = ((): Float64Array => {
  const x = new Float64Array(LAYERS + 1);
  x[0] = AREA / density(TAIL);
  x[1] = TAIL;
  for (let i = 2; i < LAYERS; i++) {
    x[i] = Math.sqrt(-2 * log(AREA / x[i - 1]! + density(x[i - 1]!)));
  }
  return x;
})();
const heights = Float64Array.from(edges, density);
/** Layers to the right of zero, then their mirror images: a column is 8 of the random bits. */
const stepWidth = Float64Array.from(
  { length: 2 * LAYERS },
  (_, i) => ((i < LAYERS ? 1 : -1) * edges[i % LAYERS]!) / STEPS,
);
/** Positions below this lie wholly under the curve: taken without looking closer. */
const inside = Int32Array.from({ length: 2 * LAYERS }, (_, i) =>
  Math.ceil((edges[(i % LAYERS) + 1]! / edges[i % LAYERS]!) * STEPS - 0.5),
);

/** Uniform in (0, 1). */
function uniform(state: RandomState): number {
  return ((nextInt32(state) >>> 0) + 0.5) / 0x100000000;
}

/** The one draw in eighty that needs more: the tail, or the wedge beside the layer above. */
function drawAtEdge(state: RandomState, column: number, position: number): number | undefined {
  const layer = column % LAYERS;
  if (layer === 0) {
    let x: number;
    do x = -log(uniform(state)) / TAIL;
    while (-2 * log(uniform(state)) < x * x);
    return column === 0 ? TAIL + x : -TAIL - x;
  }
  const x = (position + 0.5) * stepWidth[column]!;
  const lower = heights[layer]!;
  return lower + uniform(state) * (heights[layer + 1]! - lower) < density(x) ? x : undefined;
}

/** Fills `out` with independent N(0, 1) numbers from the stream, in order. */
export function fillNormal(state: RandomState, out: Float32Array): void {
  for (let i = 0; i < out.length;) {
    const bits = nextInt32(state);
    const column = bits & (2 * LAYERS - 1);
    const position = bits >>> 8;
    if (position < inside[column]!) {
      out[i++] = (position + 0.5) * stepWidth[column]!;
    } else {
      const x = drawAtEdge(state, column, position);
      if (x !== undefined) out[i++] = x;
    }
  }
}

/** What a draw of the adapters' values belongs to. Equal keys give equal noise, on any machine. */
export interface NoiseKey {
  readonly seed: number;
  /** Names the slice, e.g. its SOP instance UID. */
  readonly slice: string;
  readonly prompt: string;
  /** 0, 1, … */
  readonly sample: number;
}

/**
 * Noise of one sample of one slice and prompt. Every attention has a stream of its own, so that
 * values depend neither on the order in which they are asked for nor on what is computed beside.
 */
export function noiseSource(key: NoiseKey): NoiseSource {
  return (adapter, attention, out) => {
    const { seed, slice, prompt, sample } = key;
    fillNormal(keyedState(seed, slice, prompt, sample, adapter, attention), out);
  };
}
