import { morphologicalContourInterpolationNode } from '@itk-wasm/morphological-contour-interpolation';
import type { Triple } from '../../shared/volume.ts';

/**
 * Fills in a label between annotated slices by their shapes alone (Albu, Beugeling and Laurendeau
 * 2008, as ITK has it). Slices beyond the first and the last annotated one stay empty.
 * @param mask [nx, ny, nz] (i fastest), 0 and 1; what it holds in other slices is not looked at.
 * @param annotated indices along the third axis, empty slices included.
 */
export async function interpolateSlices(
  mask: Uint8Array,
  size: Triple,
  annotated: readonly number[],
): Promise<Uint8Array> {
  const [nx, ny, nz] = size;
  const pixels = nx * ny;
  const known = new Uint8Array(mask.length);
  for (const k of annotated) known.set(mask.subarray(k * pixels, (k + 1) * pixels), k * pixels);
  if (annotated.length < 2 || !known.includes(1)) return known;
  const { outputImage } = await morphologicalContourInterpolationNode(
    {
      imageType: { dimension: 3, componentType: 'uint8', pixelType: 'Scalar', components: 1 },
      name: 'labels',
      origin: [0, 0, 0],
      spacing: [1, 1, 1],
      direction: Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1),
      size: [nx, ny, nz],
      metadata: new Map(),
      data: known,
    },
    {
      axis: 2,
      useCustomSlicePositions: true,
      labeledSliceIndicesAxis: 2,
      labeledSliceIndicesLabel: 1,
      labeledSliceIndices: [...annotated].sort((a, b) => a - b),
    },
  );
  return Uint8Array.from(outputImage.data as Uint8Array, (v) => (v ? 1 : 0));
}
