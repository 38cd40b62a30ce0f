/** Layers as single ONNX operators where there is one; their gradients are composed. */
import { float, op, sameShape, show, type Tensor } from './core.ts';
import {
  add,
  erf,
  exp,
  mean,
  mul,
  neg,
  scale,
  shift,
  sigmoid,
  sqrt,
  square,
  sub,
  sum,
  reciprocal,
} from './primitives.ts';

/** Softmax over the last axis: dx = y·(g − Σ g·y). */
export function softmax(x: Tensor): Tensor {
  const y: Tensor = op('Softmax', [x], x.shape, {
    attributes: { axis: -1 },
    vjp: (g) => [mul(y, sub(g, sum(mul(g, y), [-1], true)))],
  });
  return y;
}

/** ln softmax over the last axis: dx = g − softmax(x)·Σ g. */
export function logSoftmax(x: Tensor): Tensor {
  const y: Tensor = op('LogSoftmax', [x], x.shape, {
    attributes: { axis: -1 },
    vjp: (g) => [sub(g, mul(exp(y), sum(g, [-1], true)))],
  });
  return y;
}

/**
 * Layer normalisation over the last axis [D], weight and bias [D] (Ba et al. 2016, biased
 * variance). With x̂ the normalised input and h = g·w: dx = (h − mean h − x̂·mean(h·x̂))/σ.
 */
export function layerNorm(x: Tensor, weight: Tensor, bias: Tensor, eps: number): Tensor {
  const width = x.shape.at(-1);
  for (const p of [weight, bias]) {
    if (!sameShape(p.shape, [width!])) {
      throw new RangeError(`layerNorm: parameters ${show(p.shape)} do not fit ${show(x.shape)}`);
    }
  }
  return op('LayerNormalization', [x, weight, bias], x.shape, {
    attributes: { axis: -1, epsilon: float(eps) },
    vjp: (g, wanted) => {
      const centred = sub(x, mean(x, [-1], true));
      const inverse = reciprocal(sqrt(shift(mean(square(centred), [-1], true), eps)));
      const normalised = mul(centred, inverse);
      const lead = x.shape.slice(0, -1).map((_, i) => i);
      let dx: Tensor | null = null;
      if (wanted[0]) {
        const h = mul(g, weight);
        const correction = mul(normalised, mean(mul(h, normalised), [-1], true));
        dx = mul(sub(sub(h, mean(h, [-1], true)), correction), inverse);
      }
      return [
        dx,
        wanted[1] ? sum(mul(g, normalised), lead) : null,
        wanted[2] ? sum(g, lead) : null,
      ];
    },
  });
}

/** Exact GELU x·Φ(x) (Hendrycks & Gimpel 2016): derivative Φ(x) + x·φ(x). */
export function gelu(x: Tensor): Tensor {
  return op('Gelu', [x], x.shape, {
    vjp: (g) => {
      const cdf = scale(shift(erf(scale(x, Math.SQRT1_2)), 1), 0.5);
      const density = scale(exp(scale(square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
      return [mul(g, add(cdf, mul(x, density)))];
    },
  });
}

const QUICK = 1.702;

/** x·σ(1.702x), CLIP's GELU: derivative s + 1.702·x·s·(1 − s). */
export function quickGelu(x: Tensor): Tensor {
  return op('QuickGelu', [x], x.shape, {
    domain: 'com.microsoft',
    attributes: { alpha: float(QUICK) },
    vjp: (g) => {
      const s = sigmoid(scale(x, QUICK));
      const slope = add(s, mul(scale(x, QUICK), mul(s, shift(neg(s), 1))));
      return [mul(g, slope)];
    },
  });
}

/** x/‖x‖ over the last axis; the published code adds no epsilon, nor does this. */
export function normalise(x: Tensor): Tensor {
  return mul(x, reciprocal(sqrt(sum(square(x), [-1], true))));
}
