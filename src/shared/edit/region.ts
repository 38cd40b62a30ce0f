import { collectChanges, type Edit } from './edit.ts';
import {
  boxAround,
  eachRow,
  requireImage,
  voxelsOf,
  type Box,
  type ImageValues,
  type LabelVolume,
} from './label-volume.ts';
import { outcomes, type Action, type EditRules } from './rules.ts';

/** Which voxels of a box a tool aims at: those whose value in the mask (i fastest) is not 0. */
export interface Region extends Box {
  readonly mask: Uint8Array;
}

/**
 * The edit that acts on a region as far as the rules allow; the labels are not changed yet.
 * Takes time with the box of the region.
 * @param actions what is to happen where the mask is 1, 2, …
 * @throws MarginaliaError `label-locked`.
 */
export function act(
  volume: LabelVolume,
  region: Region,
  actions: readonly Action[],
  rules: EditRules,
  name: string,
): Edit {
  const table = outcomes(rules, actions);
  const { data } = volume;
  const { mask } = region;
  const columns = region.size[0];
  const changes = collectChanges();
  eachRow(region, volume.size, (voxel, at) => {
    for (let x = 0; x < columns;) {
      const before = data[voxel + x]!;
      const after = table[(mask[at + x]! << 8) | before]!;
      const from = x++;
      if (after === before) continue;
      while (
        x < columns &&
        data[voxel + x] === before &&
        table[(mask[at + x]! << 8) | before] === after
      ) {
        x++;
      }
      changes.add(voxel + from, x - from, before, after);
    }
  });
  return changes.edit(name);
}

/** Gives the label to a region. */
export function paint(volume: LabelVolume, region: Region, rules: EditRules, name: string): Edit {
  return act(volume, region, ['paint'], rules, name);
}

/** Takes the label, or with `clear` every label that is not locked, from a region. */
export function erase(
  volume: LabelVolume,
  region: Region,
  rules: EditRules,
  name: string,
  action: 'erase' | 'clear' = 'erase',
): Edit {
  return act(volume, region, [action], rules, name);
}

/** A box as a region. */
export function fullRegion(box: Box): Region {
  return { ...box, mask: new Uint8Array(voxelsOf(box.size)).fill(1) };
}

/**
 * The part of a region whose image values are at least `low` and at most `high`: what a threshold
 * brush paints. Values that are not a number belong to no range.
 * @throws RangeError where the image is not on the grid of the labels.
 */
export function inRange(
  volume: LabelVolume,
  region: Region,
  image: ImageValues,
  low: number,
  high: number,
): Region {
  requireImage(volume, image);
  const mask = region.mask.slice();
  eachRow(region, volume.size, (voxel, at) => {
    for (let x = 0; x < region.size[0]; x++) {
      const value = image[voxel + x]!;
      if (!(value >= low && value <= high)) mask[at + x] = 0;
    }
  });
  return { ...region, mask };
}

/** 1 where the voxels of a box have a label. */
export function labelRegion(volume: LabelVolume, box: Box, label: number): Region {
  const mask = new Uint8Array(voxelsOf(box.size));
  eachRow(box, volume.size, (voxel, at) => {
    for (let x = 0; x < box.size[0]; x++) if (volume.data[voxel + x] === label) mask[at + x] = 1;
  });
  return { ...box, mask };
}

/** 1 where the voxels of a box have another label, or none. */
export function restRegion(volume: LabelVolume, box: Box, label: number): Region {
  const { mask } = labelRegion(volume, box, label);
  for (let at = 0; at < mask.length; at++) mask[at] = 1 - mask[at]!;
  return { ...box, mask };
}

/** The smallest box around a label within a box; an empty one where the label is not. */
export function labelBounds(volume: LabelVolume, box: Box, label: number): Box {
  const { data, size } = volume;
  const [nx, ny] = size;
  const low = [Infinity, Infinity, Infinity] as [number, number, number];
  const high = [-Infinity, -Infinity, -Infinity] as [number, number, number];
  eachRow(box, size, (voxel) => {
    const end = voxel + box.size[0];
    let first = voxel;
    while (first < end && data[first] !== label) first++;
    if (first === end) return;
    let last = end - 1;
    while (data[last] !== label) last--;
    const row = Math.floor(voxel / nx);
    const [y, z] = [row % ny, Math.floor(row / ny)];
    low[0] = Math.min(low[0], first - row * nx);
    high[0] = Math.max(high[0], last - row * nx);
    low[1] = Math.min(low[1], y);
    high[1] = Math.max(high[1], y);
    low[2] = Math.min(low[2], z);
    high[2] = z;
  });
  return boxAround(low, high, box);
}

/** The values of a mask of one box in another one, which lies in it. */
export function cropMask(mask: Uint8Array, outer: Box, inner: Box): Uint8Array {
  const start = inner.from.map((v, axis) => v - outer.from[axis]!);
  const fits = start.every((v, axis) => v >= 0 && v + inner.size[axis]! <= outer.size[axis]!);
  if (!fits && voxelsOf(inner.size) > 0) throw new RangeError('A region lies beyond its slice.');
  const cropped = new Uint8Array(voxelsOf(inner.size));
  const from = [start[0]!, start[1]!, start[2]!] as const;
  eachRow({ from, size: inner.size }, outer.size, (voxel, at) => {
    for (let x = 0; x < inner.size[0]; x++) cropped[at + x] = mask[voxel + x]!;
  });
  return cropped;
}
