import { rasterOfGrid, type Raster } from '../../shared/image/index.ts';
import type { Volume, VoxelArray } from '../../shared/volume.ts';

/** Grey values, or colours: red, green, blue and 255 in the four bytes of a number. */
export type PixelArray = VoxelArray | Uint32Array<ArrayBuffer>;

/** An image to be looked at, i fastest. */
export interface ViewedImage {
  readonly raster: Raster;
  /** What is drawn. */
  readonly pixels: PixelArray;
  /** Grey values that tools compare: the pixels themselves, or how bright colours are. */
  readonly values: VoxelArray;
}

/** A grey volume to be looked at. */
export const viewedVolume = ({ grid, data }: Volume): ViewedImage => ({
  raster: rasterOfGrid(grid),
  pixels: data,
  values: data,
});

/** The bytes of colours, sharing their memory. */
export const bytesOf = ({ buffer, byteOffset, byteLength }: Uint32Array<ArrayBuffer>): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Red, green and blue of a colour. */
export function channelsOf(pixel: number): readonly [number, number, number] {
  return [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];
}
