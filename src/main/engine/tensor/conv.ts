/** Convolutions of patches and feature maps. Feature maps are channels-last, [B, h, w, C]. */
import { op, show, staticDim, type Shape, type Tensor } from './core.ts';
import { gemm, linear } from './matmul.ts';
import { concat, flattenLeading, reshape, slice, sum, transpose, unflatten } from './primitives.ts';

/**
 * Convolution whose kernel and stride are the patch: image [B, 3, H, W], weight [D, 3, p, p] →
 * tokens [B, (H/p)·(W/p), D], rows of patches first. No bias.
 */
export function patchEmbed(image: Tensor, weight: Tensor): Tensor {
  const [batch, channels, height, width] = image.shape;
  const [out, inChannels, p, q] = weight.shape.map((d) => staticDim(d, weight.shape));
  const h = staticDim(height, image.shape) / p!;
  const w = staticDim(width, image.shape) / p!;
  if (channels !== inChannels || p !== q || !Number.isInteger(h) || !Number.isInteger(w)) {
    throw new RangeError(
      `patchEmbed: weight ${show(weight.shape)} does not fit ${show(image.shape)}`,
    );
  }
  const tiles = reshape(image, [batch!, inChannels!, h, p!, w, p!]);
  const patches = reshape(transpose(tiles, [0, 2, 4, 1, 3, 5]), [
    batch!,
    h * w,
    inChannels! * p! * p!,
  ]);
  return linear(patches, reshape(weight, [out!, inChannels! * p! * p!]));
}

/**
 * Transposed convolution with kernel 2, stride 2: x [B, h, w, C], weight [C, E, 2, 2], bias [E] →
 * [B, 2h, 2w, E]. The windows do not overlap, so it is a product and a rearrangement.
 */
export function upsample2x2(x: Tensor, weight: Tensor, bias: Tensor): Tensor {
  const [batch, h, w, channels] = x.shape;
  const [inChannels, out] = weight.shape.map((d) => staticDim(d, weight.shape));
  if (channels !== inChannels || weight.shape[2] !== 2 || weight.shape[3] !== 2) {
    throw new RangeError(`upsample2x2: weight ${show(weight.shape)} does not fit ${show(x.shape)}`);
  }
  // [C, E, 2, 2] → [C, 2·2·E]: one output position after the other, so that channels stay last. In
  // two moves of one axis, for which ONNX Runtime is ten times as fast as for the one of all axes.
  const positions = transpose(reshape(weight, [inChannels! * out!, 4]), [1, 0]);
  const byChannel = transpose(reshape(positions, [4, inChannels!, out!]), [1, 0, 2]);
  const matrix = reshape(byChannel, [inChannels!, 4 * out!]);
  const bias4 = concat([bias, bias, bias, bias], 0);
  const product = gemm(flattenLeading(x), matrix, { bias: bias4 });
  const y = reshape(unflatten(product, [batch!, h!, w!]), [batch!, h!, w!, 2, 2, out!]);
  const height = 2 * staticDim(h, x.shape);
  return reshape(transpose(y, [0, 1, 3, 2, 4, 5]), [
    batch!,
    height,
    2 * staticDim(w, x.shape),
    out!,
  ]);
}

const nchw = (x: Tensor): Tensor => transpose(x, [0, 3, 1, 2]);
const nhwc = (x: Tensor): Tensor => transpose(x, [0, 2, 3, 1]);

/** Depthwise 3×3 convolution, padding 1, no bias: x [B, h, w, C], weight [C, 1, 3, 3]. */
export function depthwise3x3(x: Tensor, weight: Tensor): Tensor {
  const channels = staticDim(x.shape.at(-1), x.shape);
  if (weight.shape[0] !== channels || weight.shape[2] !== 3 || weight.shape[3] !== 3) {
    throw new RangeError(
      `depthwise3x3: weight ${show(weight.shape)} does not fit ${show(x.shape)}`,
    );
  }
  return nhwc(depthwiseNchw(nchw(x), weight));
}

function depthwiseNchw(x: Tensor, weight: Tensor): Tensor {
  const channels = x.shape[1] as number;
  return op('Conv', [x, weight], x.shape, {
    attributes: { group: channels, kernel_shape: [3, 3], pads: [1, 1, 1, 1] },
    vjp: (g, wanted) => [
      wanted[0] ? depthwiseNchw(g, flipKernel(weight)) : null,
      wanted[1] ? kernelGradient(x, g, weight.shape) : null,
    ],
  });
}

/**
 * dW[c, i, j] = Σ g[b, c, y, x] · x[b, c, y + i − 1, x + j − 1]: a convolution again, of every
 * channel of every image with its own gradient as the kernel.
 */
function kernelGradient(x: Tensor, g: Tensor, shape: Shape): Tensor {
  const [batch, channels, h, w] = x.shape.map((d) => staticDim(d, x.shape));
  const groups = batch! * channels!;
  const perImage = op(
    'Conv',
    [reshape(x, [1, groups, h!, w!]), reshape(g, [groups, 1, h!, w!])],
    [1, groups, 3, 3],
    { attributes: { group: groups, kernel_shape: [h!, w!], pads: [1, 1, 1, 1] } },
  );
  return reshape(sum(reshape(perImage, [batch!, channels!, 9]), [0]), shape);
}

/** The kernel turned by 180°. */
function flipKernel(weight: Tensor): Tensor {
  const [channels] = weight.shape;
  const flat = reshape(weight, [channels!, 9]);
  const reversed = concat(
    Array.from({ length: 9 }, (_, i) => slice(flat, 1, 8 - i, 9 - i)),
    1,
  );
  return reshape(reversed, weight.shape);
}
