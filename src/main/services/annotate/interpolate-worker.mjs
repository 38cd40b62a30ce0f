// @ts-check
/**
 * The thread in which ITK interpolates: a large label takes it seconds.
 * Plain JavaScript, because a thread of Node 20 cannot be started from TypeScript sources.
 *
 * @import { InterpolateRequest } from './interpolate.ts'
 */
import { morphologicalContourInterpolationNode } from '@itk-wasm/morphological-contour-interpolation';

/** @param {InterpolateRequest} request */
export default async function interpolate({ mask, size, annotated }) {
  const { outputImage } = await morphologicalContourInterpolationNode(
    {
      imageType: { dimension: 3, componentType: 'uint8', pixelType: 'Scalar', components: 1 },
      name: 'labels',
      origin: [0, 0, 0],
      spacing: [1, 1, 1],
      direction: Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1),
      size: [...size],
      metadata: new Map(),
      data: mask,
    },
    {
      axis: 2,
      useCustomSlicePositions: true,
      labeledSliceIndicesAxis: 2,
      labeledSliceIndicesLabel: 1,
      labeledSliceIndices: [...annotated],
    },
  );
  return Uint8Array.from(/** @type {Uint8Array} */ (outputImage.data), (v) => (v ? 1 : 0));
}
