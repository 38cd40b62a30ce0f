import { directionsOf, voxelToWorld } from '../../../shared/geometry/index.ts';
import {
  gridOf,
  type FrameInfo,
  type FrameSpacing,
  type Plane,
} from '../../../shared/image/index.ts';
import { spacingOf, type Grid, type Triple } from '../../../shared/volume.ts';
import { ds } from '../dicom-file.ts';
import type { DicomSegmentation } from './types.ts';

/** How slices of a segmentation are placed: what its functional groups (PS3.3 C.7.6.16) say of it. */
export interface Placement {
  /** Whether they lie in a frame of reference. */
  readonly isInPatient: boolean;
  /** Groups that all slices share. */
  readonly shared: object;
  /** Groups of a slice. */
  readonly ofSlice: (slice: number) => object;
  /** What Frame Content (C.7.6.16.2.2) says of a slice beside its index. */
  readonly content: (slice: number) => object;
  /** The attribute that slices are in order of (C.7.6.17). */
  readonly dimension: Dimension;
}

export interface Dimension {
  /** Tag of the attribute, and of the functional group that has it. */
  readonly pointer: number;
  readonly group: number;
  readonly label: string;
}

/**
 * PS3.3 A.51.5.1: slices whose places are known lie in the frame of reference of their images; of all
 * others, each pixel is that of the image that they refer to (Derivation Image), and no place is said.
 */
export function placementOf({ image, source }: DicomSegmentation): Placement {
  const grid = gridOf(image.raster);
  if (grid) return onGrid(grid);
  const placed = placedFrames(image.frames ?? []);
  if (placed) return asAcquired(placed, source.images?.map((one) => one.sliceThickness) ?? []);
  return byReference(image.kind === 'clip' ? 'clip' : 'stack');
}

const POSITION: Dimension = {
  pointer: 0x00200032,
  group: 0x00209113,
  label: 'Position of the slice',
};

const position = (at: Triple): object => ({
  PlanePositionSequence: [{ ImagePositionPatient: at.map(ds) }],
});

const orientation = (row: readonly number[], column: readonly number[]): object => ({
  PlaneOrientationSequence: [{ ImageOrientationPatient: [...row, ...column].map(ds) }],
});

function onGrid(grid: Grid): Placement {
  const [dx, dy, dz] = spacingOf(grid);
  const [row, column] = directionsOf(grid.affineLps);
  return {
    isInPatient: true,
    shared: {
      PixelMeasuresSequence: [
        { SliceThickness: ds(dz), SpacingBetweenSlices: ds(dz), PixelSpacing: [ds(dy), ds(dx)] },
      ],
      ...orientation(row, column),
    },
    ofSlice: (slice) => position(voxelToWorld(grid, [0, 0, slice])),
    content: () => ({}),
    dimension: POSITION,
  };
}

interface PlacedFrame {
  readonly plane: Plane;
  readonly spacing: FrameSpacing;
}

/** Frames that all say where they lie and how large their pixels are there; else null. */
function placedFrames(frames: readonly FrameInfo[]): readonly PlacedFrame[] | null {
  const placed = frames.flatMap(({ plane, spacing }) =>
    plane && spacing?.of === 'patient' ? [{ plane, spacing }] : [],
  );
  return frames.length > 0 && placed.length === frames.length ? placed : null;
}

/**
 * Each slice where it was acquired. Their distances may vary: Spacing Between Slices is left out.
 * @param thickness of each slice, mm; undefined where unknown.
 */
function asAcquired(
  frames: readonly PlacedFrame[],
  thickness: readonly (number | undefined)[],
): Placement {
  const orientations = frames.map(({ plane }) => orientation(plane.row, plane.column));
  const measures = frames.map(({ spacing: { mm } }, k) => ({
    PixelMeasuresSequence: [
      {
        ...(thickness[k] !== undefined && { SliceThickness: ds(thickness[k]) }),
        PixelSpacing: [ds(mm[1]), ds(mm[0])],
      },
    ],
  }));
  const groups = [measures, orientations].map(sharedOrNot);
  return {
    isInPatient: true,
    shared: Object.assign({}, ...groups.map(({ shared }) => shared)) as object,
    ofSlice: (slice) => ({
      ...position(frames[slice]!.plane.position),
      ...(Object.assign({}, ...groups.map(({ each }) => each?.[slice])) as object),
    }),
    content: () => ({}),
    dimension: POSITION,
  };
}

/** A functional group is shared where it is the same for all, else each frame has its own. */
function sharedOrNot(groups: readonly object[]): {
  readonly shared: object;
  readonly each: readonly object[] | null;
} {
  const isSame = new Set(groups.map((group) => JSON.stringify(group))).size === 1;
  return isSame ? { shared: groups[0]!, each: null } : { shared: {}, each: groups };
}

/** Order in time, or in a stack: attributes of Frame Content. */
function byReference(kind: 'clip' | 'stack'): Placement {
  const isClip = kind === 'clip';
  return {
    isInPatient: false,
    shared: {},
    ofSlice: () => ({}),
    content: (slice) =>
      isClip
        ? { TemporalPositionIndex: slice + 1 }
        : { StackID: '1', InStackPositionNumber: slice + 1 },
    dimension: {
      pointer: isClip ? 0x00209128 : 0x00209057,
      group: 0x00209111,
      label: isClip ? 'Frame of the clip' : 'Number of the image',
    },
  };
}
