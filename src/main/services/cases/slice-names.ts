import { acquiredId, type ImageInfo } from '../../../shared/image/index.ts';
import type { AnatomicalPlane } from '../../../shared/geometry/index.ts';

/*
 * All that slices are called in lineages and in keys of noise. They differ, and stay as they are: lineages
 * of earlier days hold these names, and the numbers of a prediction depend on them.
 */

/** What a decided slice of a stack is called in lineages, whatever it was resampled from. */
export const decidedName = (stack: string, index: number): string =>
  `${acquiredId(stack)}/${index}`;

/** The slice that `decidedName` names. */
export const decidedIndex = (name: string): number => Number(name.slice(name.lastIndexOf('/') + 1));

/**
 * What slice k is called in the key of its noise: on the grid of the image by its frame, on a
 * resampled one by its number.
 */
export const sliceName = (
  { image, resampled }: { readonly image: ImageInfo; readonly resampled: string | null },
  k: number,
): string => (resampled === null ? image.frames[k]!.key : `${acquiredId(image.id)}/resampled/${k}`);

/**
 * What slice k of any plane is called in the key of its noise: acquired ones have their names, those
 * across them the name of the first and their plane.
 */
export const planeSliceName = (
  plane: AnatomicalPlane,
  acquired: AnatomicalPlane,
  nameOf: (k: number) => string,
  k: number,
): string => (plane === acquired ? nameOf(k) : `${nameOf(0)}/${plane}/${k}`);

/**
 * What slice k of a labelled case is called in the key of its noise. Such a case is read from NIfTI files:
 * it has no stack, and its frames have no keys.
 */
export const caseSliceName = (name: string, k: number): string => `${name}/${k}`;

/** What a decided slice of a labelled case is called, for people, in lineages and in the key of its noise. */
export const decidedCaseName = (name: string, plane: AnatomicalPlane, index: number): string =>
  `${name}:${plane}:${index}`;
