import {
  anatomicalPlane,
  axisAcross,
  type AnatomicalPlane,
} from '../../../shared/geometry/index.ts';
import { spacingOf, type Grid, type Volume } from '../../../shared/volume.ts';
import type { ModelJson, PlaneName } from '../../engine/bundle/model-json.ts';
import { guessModality } from './windowing.ts';

type PlaneRules = ModelJson['preprocessing']['planes'];

/** Slices of voxels longer than this many times their width show another anatomy than thin ones. */
const MOST_ANISOTROPY = 2.5;

/** Voxels of a volume that is looked at in several planes: each takes 12 bytes a label meanwhile. */
export const MOST_FUSED_VOXELS = 2 ** 26;

/** The slices of the series alone. */
export const ACQUIRED: readonly PlaneName[] = ['acquired'];

/**
 * The planes that a bundle wants a volume looked at in, in the window as by the command: the acquired
 * one alone where voxels are too long for slices across, or too many.
 * @param modality DICOM (0008,0060); undefined where it is neither given nor guessed.
 */
export function planesOf(
  rules: PlaneRules,
  { size, affineLps }: Grid,
  modality: string | undefined,
): readonly PlaneName[] {
  const spacing = spacingOf({ size, affineLps });
  const isLong = Math.max(...spacing) > MOST_ANISOTROPY * Math.min(...spacing);
  const isFlat = size.some((n) => n < 2);
  const isLarge = size[0] * size[1] * size[2] > MOST_FUSED_VOXELS;
  const chosen = rules?.[modality ?? 'default'] ?? rules?.['default'];
  return chosen === undefined || isLong || isFlat || isLarge ? ACQUIRED : chosen;
}

/** The same, with a missing modality guessed from the voxels. */
export const choosePlanes = (
  rules: PlaneRules,
  volume: Volume,
  modality: string | undefined,
): readonly PlaneName[] => planesOf(rules, volume.grid, modality ?? guessModality(volume));

/**
 * Each plane once, the acquired one first. Planes are always predicted and added up in this order, so
 * that sums are equal to the last bit.
 */
export function planeOrder(grid: Grid, planes: readonly PlaneName[]): AnatomicalPlane[] {
  const acquired = anatomicalPlane(grid.affineLps, 2);
  const named = planes.map((name): AnatomicalPlane => (name === 'acquired' ? acquired : name));
  return [...new Set(named)].sort((a, b) => Number(b === acquired) - Number(a === acquired));
}

/** How many slices a volume has in a plane. */
export const slicesIn = (grid: Grid, plane: AnatomicalPlane): number =>
  grid.size[axisAcross(grid.affineLps, plane)];
