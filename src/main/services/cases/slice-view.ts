import { displayMap, isIdentity, mapData, type Slice } from '../../../shared/geometry/index.ts';
import { frameSize, type Channels, type Raster } from '../../../shared/image/index.ts';
import type { SlicePlane } from '../../../shared/ranking/index.ts';
import type { Triple, VoxelArray } from '../../../shared/volume.ts';

/**
 * A slice along the third axis. As stored it has [columns, rows] of the raster; shown it is cut to its
 * frame and turned as it is displayed, which is how the model sees it.
 */
export interface SliceView {
  /** Of a slice as stored. */
  readonly stored: SlicePlane;
  /** Of a slice as shown. */
  readonly shown: SlicePlane;
  /** The pixels of the image as stored, as they are shown; they may share memory. */
  readonly show: <T extends VoxelArray>(stored: T) => Slice<T>;
  /** A map of a slice as stored, as it is shown. */
  readonly toShown: <T extends VoxelArray>(map: T) => T;
  /** A map of a slice as shown, as slices are stored; zeros beside the frame. */
  readonly toStored: <T extends VoxelArray>(map: T) => T;
}

/** @returns the view of slice k. */
export function sliceViews(raster: Raster, channels: Channels): (k: number) => SliceView {
  const views = new Map<string, SliceView>();
  return (k) => {
    const frame = frameSize(raster, k);
    const name = frame.join();
    const view = views.get(name) ?? sliceView(raster, channels, frame);
    views.set(name, view);
    return view;
  };
}

/** @param frame [columns, rows] in the first corner of the raster. */
export function sliceView(
  { size, affineLps, spacing }: Pick<Raster, 'size' | 'affineLps' | 'spacing'>,
  channels: Channels = 1,
  frame: readonly [number, number] = [size[0], size[1]],
): SliceView {
  const flat: Triple = [frame[0], frame[1], 1];
  // Slices keep their order along the third axis: one slice is turned as all of them are.
  const map = displayMap({ affineLps });
  const [across, down] = [map.order[0] as 0 | 1, map.order[1] as 0 | 1];
  const shown: SlicePlane = {
    columns: frame[across],
    rows: frame[down],
    spacing: [spacing[across], spacing[down]],
  };
  const fills = frame[0] === size[0] && frame[1] === size[1];
  /** For each pixel as shown, its place as stored; null where it is the same. */
  const places = fills && isIdentity(map) ? null : mapData(placesOf(frame, size[0]), flat, map);

  function take<T extends VoxelArray>(values: T, samples: number): T {
    if (!places) return values;
    const taken = arrayLike(values, places.length * samples);
    for (let n = 0; n < places.length; n++) {
      for (let c = 0; c < samples; c++) {
        taken[n * samples + c] = values[places[n]! * samples + c]!;
      }
    }
    return taken;
  }
  return {
    stored: { columns: size[0], rows: size[1], spacing: [spacing[0], spacing[1]] },
    shown,
    show: (stored) => ({
      columns: shown.columns,
      rows: shown.rows,
      pixels: take(stored, channels),
    }),
    toShown: (stored) => take(stored, 1),
    toStored(pixels) {
      if (!places) return pixels;
      const stored = arrayLike(pixels, size[0] * size[1]);
      for (let n = 0; n < places.length; n++) stored[places[n]!] = pixels[n]!;
      return stored;
    },
  };
}

/** For each pixel of a frame, its place in a slice as stored. */
function placesOf([columns, rows]: readonly [number, number], stride: number): Int32Array {
  const places = new Int32Array(columns * rows);
  for (let y = 0, n = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) places[n++] = x + stride * y;
  }
  return places;
}

const arrayLike = <T extends VoxelArray>(values: T, length: number): T =>
  new (values.constructor as new (length: number) => T)(length);
