import * as T from '../../../src/main/engine/tensor/index.ts';
import type { OperatorCase } from './harness.ts';

type Array1 = ArrayLike<number>;
const map = (x: Float32Array, f: (v: number, i: number) => number): number[] => Array.from(x, f);
const positive = (x: number): number => Math.abs(x) + 0.5;

/** erf by its Maclaurin series in double precision: exact enough for |x| < 4. */
function erf(x: number): number {
  let term = x;
  let total = x;
  for (let n = 1; n < 80; n++) {
    term *= (-x * x) / n;
    total += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const gelu = (x: number): number => 0.5 * x * (1 + erf(x / Math.SQRT2));

/** A [m, k] · B [k, n] */
function product(a: Array1, b: Array1, m: number, k: number, n: number): number[] {
  return Array.from({ length: m * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let s = 0;
    for (let l = 0; l < k; l++) s += a[i * k + l]! * b[l * n + j]!;
    return s;
  });
}

/** Aᵀ [rows, columns] of A [columns, rows]. */
function transposed(a: Array1, rows: number, columns: number): number[] {
  return Array.from(
    { length: rows * columns },
    (_, at) => a[(at % columns) * rows + Math.floor(at / columns)]!,
  );
}

function rowsOf(x: Array1, width: number): number[][] {
  return Array.from({ length: x.length / width }, (_, r) =>
    Array.from({ length: width }, (_, i) => x[r * width + i]!),
  );
}

const softmaxRow = (row: readonly number[]): number[] => {
  const top = Math.max(...row);
  const e = row.map((v) => Math.exp(v - top));
  const total = e.reduce((s, v) => s + v, 0);
  return e.map((v) => v / total);
};

function normalisedRow(row: readonly number[], eps: number): number[] {
  const mean = row.reduce((s, v) => s + v, 0) / row.length;
  const variance = row.reduce((s, v) => s + (v - mean) ** 2, 0) / row.length;
  return row.map((v) => (v - mean) / Math.sqrt(variance + eps));
}

/** softmax(QKᵀ/√d + bias) V for q [B, N, H·d], k and v [B, M, H·d], loops only. */
function attention(
  q: Array1,
  k: Array1,
  v: Array1,
  size: readonly [number, number, number, number, number],
  bias?: Array1,
): number[] {
  const [B, N, M, H, d] = size;
  const D = H * d;
  const y = new Array<number>(B * N * D).fill(0);
  for (let b = 0; b < B; b++)
    for (let h = 0; h < H; h++)
      for (let n = 0; n < N; n++) {
        const scores = Array.from({ length: M }, (_, m) => {
          let s = 0;
          for (let i = 0; i < d; i++)
            s += q[(b * N + n) * D + h * d + i]! * k[(b * M + m) * D + h * d + i]!;
          return s / Math.sqrt(d) + (bias ? bias[(b * N + n) * M + m]! : 0);
        });
        softmaxRow(scores).forEach((p, m) => {
          for (let i = 0; i < d; i++)
            y[(b * N + n) * D + h * d + i]! += p * v[(b * M + m) * D + h * d + i]!;
        });
      }
  return y;
}

function depthwise(x: Array1, w: Array1, B: number, h: number, width: number, C: number): number[] {
  return Array.from({ length: B * h * width * C }, (_, at) => {
    const c = at % C;
    const i = Math.floor(at / C) % width;
    const j = Math.floor(at / (C * width)) % h;
    const b = Math.floor(at / (C * width * h));
    let s = 0;
    for (let dy = -1; dy <= 1; dy++)
      for (let dx = -1; dx <= 1; dx++) {
        if (j + dy < 0 || j + dy >= h || i + dx < 0 || i + dx >= width) continue;
        s += x[((b * h + j + dy) * width + i + dx) * C + c]! * w[c * 9 + (dy + 1) * 3 + dx + 1]!;
      }
    return s;
  });
}

/** ConvTranspose2d kernel 2, stride 2, channels last: x [B, h, w, C], weight [C, E, 2, 2]. */
function convTranspose(
  x: Array1,
  weight: Array1,
  bias: Array1,
  B: number,
  h: number,
  w: number,
  C: number,
  E: number,
): number[] {
  const y = new Array<number>(B * 4 * h * w * E).fill(0);
  for (let b = 0; b < B; b++)
    for (let j = 0; j < 2 * h; j++)
      for (let i = 0; i < 2 * w; i++)
        for (let e = 0; e < E; e++) {
          let s = bias[e]!;
          for (let c = 0; c < C; c++) {
            s +=
              x[((b * h + (j >> 1)) * w + (i >> 1)) * C + c]! *
              weight[((c * E + e) * 2 + (j & 1)) * 2 + (i & 1)]!;
          }
          y[((b * 2 * h + j) * 2 * w + i) * E + e] = s;
        }
  return y;
}

/** Bilinear resize of [h, w] to [H, W], half-pixel centres, edges clamped. */
function bilinear(x: Array1, h: number, w: number, H: number, W: number): number[] {
  const weights = (i: number, from: number, to: number): [number, number, number] => {
    const p = Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1);
    const low = Math.floor(p);
    return [low, Math.min(low + 1, from - 1), p - low];
  };
  return Array.from({ length: H * W }, (_, at) => {
    const [y0, y1, ty] = weights(Math.floor(at / W), h, H);
    const [x0, x1, tx] = weights(at % W, w, W);
    const row = (y: number): number => x[y * w + x0]! * (1 - tx) + x[y * w + x1]! * tx;
    return row(y0) * (1 - ty) + row(y1) * ty;
  });
}

/** Non-overlapping p×p patches of [1, C, H, W] times weight [D, C, p, p]. */
function patches(x: Array1, w: Array1, C: number, side: number, p: number, D: number): number[] {
  const grid = side / p;
  return Array.from({ length: grid * grid * D }, (_, at) => {
    const d = at % D;
    const [gy, gx] = [Math.floor(at / D / grid), Math.floor(at / D) % grid];
    let s = 0;
    for (let c = 0; c < C; c++)
      for (let j = 0; j < p; j++)
        for (let i = 0; i < p; i++) {
          s += x[(c * side + gy * p + j) * side + gx * p + i]! * w[((d * C + c) * p + j) * p + i]!;
        }
    return s;
  });
}

const ids = (values: readonly number[]): T.Tensor =>
  T.constant(BigInt64Array.from(values, BigInt), [values.length]);

export const cases: readonly OperatorCase[] = [
  {
    name: 'add with broadcasting',
    shapes: [
      [2, 3, 4],
      [3, 1],
    ],
    build: (a, b) => T.add(a, b),
    naive: (a, b) => map(a, (v, i) => v + b[Math.floor(i / 4) % 3]!),
  },
  {
    name: 'sub',
    shapes: [[3, 4], [4]],
    build: (a, b) => T.sub(a, b),
    naive: (a, b) => map(a, (v, i) => v - b[i % 4]!),
  },
  {
    name: 'mul by a scalar tensor',
    shapes: [[3, 4], [1]],
    build: (a, b) => T.mul(a, b),
    naive: (a, b) => map(a, (v) => v * b[0]!),
  },
  {
    name: 'mul',
    shapes: [
      [2, 1, 4],
      [3, 1],
    ],
    build: (a, b) => T.mul(a, b),
    naive: (a, b) =>
      Array.from(
        { length: 24 },
        (_, i) => a[Math.floor(i / 12) * 4 + (i % 4)]! * b[Math.floor(i / 4) % 3]!,
      ),
  },
  {
    name: 'div',
    shapes: [[3, 4], [4]],
    domain: positive,
    build: (a, b) => T.div(a, b),
    naive: (a, b) => map(a, (v, i) => v / b[i % 4]!),
  },
  {
    name: 'a tensor used twice',
    shapes: [[3, 4]],
    build: (a) => T.mul(a, T.add(a, T.exp(a))),
    naive: (a) => map(a, (v) => v * (v + Math.exp(v))),
  },
  { name: 'neg', shapes: [[5]], build: (x) => T.neg(x), naive: (x) => map(x, (v) => -v) },
  { name: 'exp', shapes: [[3, 4]], build: (x) => T.exp(x), naive: (x) => map(x, Math.exp) },
  {
    name: 'log',
    shapes: [[3, 4]],
    domain: positive,
    build: (x) => T.log(x),
    naive: (x) => map(x, Math.log),
  },
  {
    name: 'sqrt',
    shapes: [[3, 4]],
    domain: positive,
    build: (x) => T.sqrt(x),
    naive: (x) => map(x, Math.sqrt),
  },
  {
    name: 'reciprocal',
    shapes: [[3, 4]],
    domain: positive,
    build: (x) => T.reciprocal(x),
    naive: (x) => map(x, (v) => 1 / v),
  },
  { name: 'sigmoid', shapes: [[3, 4]], build: (x) => T.sigmoid(x), naive: (x) => map(x, sigmoid) },
  {
    name: 'softplus',
    shapes: [[3, 4]],
    build: (x) => T.softplus(x),
    naive: (x) => map(x, (v) => Math.log1p(Math.exp(v))),
  },
  { name: 'erf', shapes: [[3, 4]], build: (x) => T.erf(x), naive: (x) => map(x, erf) },
  {
    name: 'scale and shift',
    shapes: [[3, 4]],
    build: (x) => T.shift(T.scale(x, 3), -2),
    naive: (x) => map(x, (v) => 3 * v - 2),
  },
  {
    name: 'square',
    shapes: [[3, 4]],
    build: (x) => T.square(x),
    naive: (x) => map(x, (v) => v * v),
  },
  {
    name: 'sum of all',
    shapes: [[3, 4]],
    build: (x) => T.reshape(T.sum(x), [1]),
    naive: (x) => [x.reduce((s, v) => s + v, 0)],
  },
  {
    name: 'sum over the first axis',
    shapes: [[3, 4]],
    build: (x) => T.sum(x, [0]),
    naive: (x) => Array.from({ length: 4 }, (_, i) => x[i]! + x[4 + i]! + x[8 + i]!),
  },
  {
    name: 'mean over the last axis, kept',
    shapes: [[3, 4]],
    build: (x) => T.mean(x, [-1], true),
    naive: (x) => rowsOf(x, 4).map((r) => r.reduce((s, v) => s + v, 0) / 4),
  },
  { name: 'reshape', shapes: [[3, 4]], build: (x) => T.reshape(x, [2, 6]), naive: (x) => x },
  {
    name: 'transpose',
    shapes: [[2, 3, 4]],
    build: (x) => T.transpose(x, [2, 0, 1]),
    naive: (x) => Array.from({ length: 24 }, (_, i) => x[(i % 6) * 4 + Math.floor(i / 6)]!),
  },
  {
    name: 'expand',
    shapes: [[3, 1]],
    build: (x) => T.expand(x, [2, 3, 4]),
    naive: (x) => Array.from({ length: 24 }, (_, i) => x[Math.floor(i / 4) % 3]!),
  },
  {
    name: 'slice',
    shapes: [[3, 5]],
    build: (x) => T.slice(x, 1, 1, 4),
    naive: (x) => rowsOf(x, 5).flatMap((r) => r.slice(1, 4)),
  },
  {
    name: 'pad',
    shapes: [[2, 3]],
    build: (x) => T.pad(x, 1, 1, 2),
    naive: (x) => rowsOf(x, 3).flatMap((r) => [0, ...r, 0, 0]),
  },
  {
    name: 'concat',
    shapes: [
      [2, 2],
      [2, 3],
    ],
    build: (a, b) => T.concat([a, b], 1),
    naive: (a, b) => [0, 1].flatMap((r) => [...rowsOf(a, 2)[r]!, ...rowsOf(b, 3)[r]!]),
  },
  {
    name: 'gather',
    shapes: [[4, 3]],
    build: (x) => T.gather(x, ids([2, 0, 2])),
    naive: (x) => [2, 0, 2].flatMap((r) => rowsOf(x, 3)[r]!),
  },
  {
    name: 'matmul',
    shapes: [
      [3, 4],
      [4, 5],
    ],
    build: (a, b) => T.matmul(a, b),
    naive: (a, b) => product(a, b, 3, 4, 5),
  },
  {
    name: 'matmul, batched against one',
    shapes: [
      [2, 3, 4],
      [4, 2],
    ],
    build: (a, b) => T.matmul(a, b),
    naive: (a, b) => product(a, b, 6, 4, 2),
  },
  {
    name: 'gemm',
    shapes: [[3, 4], [4, 2], [2]],
    build: (a, b, c) => T.gemm(a, b, { bias: c }),
    naive: (a, b, c) => product(a, b, 3, 4, 2).map((v, i) => v + c[i % 2]!),
  },
  {
    name: 'gemm, both transposed',
    shapes: [
      [4, 3],
      [2, 4],
    ],
    build: (a, b) => T.gemm(a, b, { transA: true, transB: true }),
    naive: (a, b) => product(transposed(a, 3, 4), transposed(b, 4, 2), 3, 4, 2),
  },
  {
    name: 'gemm, first transposed',
    shapes: [
      [4, 3],
      [4, 2],
    ],
    build: (a, b) => T.gemm(a, b, { transA: true }),
    naive: (a, b) => product(transposed(a, 3, 4), b, 3, 4, 2),
  },
  {
    name: 'linear',
    shapes: [[2, 3, 4], [5, 4], [5]],
    build: (x, w, b) => T.linear(x, w, b),
    naive: (x, w, b) => product(x, transposed(w, 4, 5), 6, 4, 5).map((v, i) => v + b[i % 5]!),
  },
  {
    name: 'softmax',
    shapes: [[3, 5]],
    build: (x) => T.softmax(x),
    naive: (x) => rowsOf(x, 5).flatMap(softmaxRow),
  },
  {
    name: 'logSoftmax',
    shapes: [[3, 5]],
    build: (x) => T.logSoftmax(x),
    naive: (x) => rowsOf(x, 5).flatMap((r) => softmaxRow(r).map(Math.log)),
  },
  {
    name: 'layerNorm',
    shapes: [[3, 6], [6], [6]],
    build: (x, w, b) => T.layerNorm(x, w, b, 1e-5),
    naive: (x, w, b) =>
      rowsOf(x, 6).flatMap((r) => normalisedRow(r, 1e-5).map((v, i) => v * w[i]! + b[i]!)),
  },
  { name: 'gelu', shapes: [[3, 4]], build: (x) => T.gelu(x), naive: (x) => map(x, gelu) },
  {
    name: 'quickGelu',
    shapes: [[3, 4]],
    build: (x) => T.quickGelu(x),
    naive: (x) => map(x, (v) => v * sigmoid(1.702 * v)),
  },
  {
    name: 'normalise',
    shapes: [[3, 4]],
    build: (x) => T.normalise(x),
    naive: (x) => rowsOf(x, 4).flatMap((r) => r.map((v) => v / Math.hypot(...r))),
  },
  {
    name: 'multi-head attention',
    shapes: [
      [2, 3, 4],
      [2, 5, 4],
      [2, 5, 4],
    ],
    build: (q, k, v) => T.multiHeadAttention(q, k, v, 2),
    naive: (q, k, v) => attention(q, k, v, [2, 3, 5, 2, 2]),
  },
  {
    name: 'multi-head attention with a bias',
    shapes: [
      [2, 3, 4],
      [2, 5, 4],
      [2, 5, 4],
      [2, 1, 3, 5],
    ],
    fixed: [3],
    build: (q, k, v, b) => T.multiHeadAttention(q, k, v, 2, b),
    naive: (q, k, v, b) => attention(q, k, v, [2, 3, 5, 2, 2], b),
  },
  {
    name: 'depthwise 3×3',
    shapes: [
      [2, 4, 3, 2],
      [2, 1, 3, 3],
    ],
    build: (x, w) => T.depthwise3x3(x, w),
    naive: (x, w) => depthwise(x, w, 2, 4, 3, 2),
  },
  {
    name: 'upsample 2×2',
    shapes: [[2, 2, 3, 2], [2, 3, 2, 2], [3]],
    build: (x, w, b) => T.upsample2x2(x, w, b),
    naive: (x, w, b) => convTranspose(x, w, b, 2, 2, 3, 2, 3),
  },
  {
    name: 'patch embedding',
    shapes: [
      [1, 2, 4, 4],
      [3, 2, 2, 2],
    ],
    build: (x, w) => T.patchEmbed(x, w),
    naive: (x, w) => patches(x, w, 2, 4, 2, 3),
  },
  {
    name: 'bilinear resize, larger',
    shapes: [[1, 3, 4]],
    build: (x) => T.resizeBilinear(x, 7, 9),
    naive: (x) => bilinear(x, 3, 4, 7, 9),
  },
  {
    name: 'bilinear resize, smaller',
    shapes: [[1, 5, 6]],
    build: (x) => T.resizeBilinear(x, 3, 4),
    naive: (x) => bilinear(x, 5, 6, 3, 4),
  },
];
