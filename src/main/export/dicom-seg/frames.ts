import { setImmediate } from 'node:timers/promises';
import type { SourceImage } from '../../../shared/image/index.ts';
import type { Placement } from './placement.ts';
import type { DicomSegmentation, SegmentationType } from './types.ts';

/** A frame: a slice of the image, in a binary segmentation of one segment (from 1 on). */
export interface SegFrame {
  readonly slice: number;
  readonly segment: number | undefined;
}

/**
 * Slices without a voxel have no frame; segments one after another, slices in their order. There is
 * no object without a frame: where nothing is labelled, the first slice has an empty one.
 */
export async function framesOf(
  { image, labelMap, labels }: DicomSegmentation,
  type: SegmentationType,
): Promise<SegFrame[]> {
  const [nx, ny, nz] = image.raster.size;
  const found = labels.map((): number[] => []);
  const segmentOf = new Uint16Array(2 ** 16);
  labels.forEach(({ value }, n) => (segmentOf[value] = n + 1));
  const any: number[] = [];
  for (let k = 0; k < nz; k++) {
    const there = new Set<number>();
    // Looked up where the value changes: neighbours mostly have the same.
    for (let i = k * nx * ny, last = 0; i < (k + 1) * nx * ny; i++) {
      if (labelMap[i] !== last) there.add(segmentOf[(last = labelMap[i]!)]!);
    }
    there.delete(0);
    if (there.size > 0) any.push(k);
    for (const segment of there) found[segment - 1]!.push(k);
    await setImmediate();
  }
  if (any.length === 0) [any[0], found[0]] = [0, [0]];
  if (type === 'LABELMAP') return any.map((slice) => ({ slice, segment: undefined }));
  return found.flatMap((slices, n) => slices.map((slice) => ({ slice, segment: n + 1 })));
}

/** Functional groups (PS3.3 C.7.6.16) that all frames share. */
export const sharedGroups = ({ source }: DicomSegmentation, { shared }: Placement): object => ({
  ...shared,
  ...(source.images === null && {
    DerivationImageSequence: [derivedFrom(source.instances, 'NO')],
  }),
});

/** Functional groups of one frame. */
export const frameGroups = (
  { slice, segment }: SegFrame,
  { source }: DicomSegmentation,
  { content, ofSlice }: Placement,
): object => ({
  FrameContentSequence: [
    {
      ...content(slice),
      DimensionIndexValues: segment === undefined ? [slice + 1] : [segment, slice + 1],
    },
  ],
  ...ofSlice(slice),
  ...(source.images && {
    DerivationImageSequence: [derivedFrom([source.images[slice]!], 'YES')],
  }),
  ...(segment !== undefined && {
    SegmentIdentificationSequence: [{ ReferencedSegmentNumber: segment }],
  }),
});

/** PS3.3 C.7.6.16.2.6. @param preserved whether pixels lie where those of the image do. */
const derivedFrom = (images: readonly SourceImage[], preserved: 'YES' | 'NO'): object => ({
  DerivationCodeSequence: [code('DCM', '113076', 'Segmentation')],
  SourceImageSequence: images.map(({ sopClassUid, sopInstanceUid, frame }) => ({
    ReferencedSOPClassUID: sopClassUid,
    ReferencedSOPInstanceUID: sopInstanceUid,
    ...(frame !== undefined && { ReferencedFrameNumber: frame }),
    SpatialLocationsPreserved: preserved,
    PurposeOfReferenceCodeSequence: [
      code('DCM', '121322', 'Source image for image processing operation'),
    ],
  })),
});

export const code = (scheme: string, value: string, meaning: string): object => ({
  CodeValue: value,
  CodingSchemeDesignator: scheme,
  CodeMeaning: meaning,
});
