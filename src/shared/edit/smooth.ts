import type { Triple } from '../volume.ts';
import type { Edit } from './edit.ts';
import { extentBox, MARGIN, padded, voxelsOf, type Box } from './label-volume.ts';
import type { Extent, LabelVolume } from './label-volume.ts';
import { act, labelBounds, labelRegion } from './region.ts';
import type { EditRules } from './rules.ts';

/**
 * Smooths the label by majority (a median of two values): a voxel has it afterwards if more than
 * half of the voxels of the extent within the radius, itself included, have it, and has it no more if
 * less than half have. Takes time with the box around the label, once it is found, and the rows of
 * the disc or ball.
 * @param radius mm.
 */
export function smooth(
  volume: LabelVolume,
  extent: Extent,
  radius: number,
  rules: EditRules,
  name: string,
): Edit {
  if (!(radius >= 0 && radius < Infinity)) throw new RangeError(`${radius} mm is no radius.`);
  const all = extentBox(volume, extent);
  const bounds = labelBounds(volume, all, rules.value);
  const box = padded(bounds, radius, volume.spacing, all);
  const { mask } = labelRegion(volume, box, rules.value);
  const votes = voteIn(box, mask, all, ballRows(radius, volume.spacing, extent));
  const changes = new Uint8Array(mask.length);
  for (let at = 0; at < mask.length; at++) {
    if (mask[at] === 0 && votes[at]! > 0) changes[at] = 1;
    else if (mask[at] === 1 && votes[at]! < 0) changes[at] = 2;
  }
  return act(volume, { ...box, mask: changes }, ['paint', 'erase'], rules, name);
}

/** A row of a ball along i: offsets in voxels, and how far it goes to both sides. */
interface BallRow {
  readonly y: number;
  readonly z: number;
  readonly half: number;
}

/** The rows of a ball around a voxel, or of the disc that an extent cuts out of it. */
function ballRows(radius: number, spacing: Triple, extent: Extent): BallRow[] {
  const r = radius + MARGIN;
  const reach = spacing.map((step, axis) =>
    extent !== 'volume' && extent.axis === axis ? 0 : Math.floor(r / step),
  );
  const rows: BallRow[] = [];
  for (let z = -reach[2]!; z <= reach[2]!; z++) {
    for (let y = -reach[1]!; y <= reach[1]!; y++) {
      const left = r * r - (y * spacing[1]) ** 2 - (z * spacing[2]) ** 2;
      if (left < 0) continue;
      rows.push({ y, z, half: Math.min(reach[0]!, Math.floor(Math.sqrt(left) / spacing[0])) });
    }
  }
  return rows;
}

/**
 * For every voxel of a box, how many voxels of a ball around it have the label, less how many have
 * not. Voxels of `all` beyond the box do not have it; beyond `all` there are none.
 * @param mask 1 in the box where the label is.
 */
function voteIn(box: Box, mask: Uint8Array, all: Box, rows: readonly BallRow[]): Int32Array {
  const [nx, ny, nz] = box.size;
  const start = [0, 1, 2].map((axis) => all.from[axis]! - box.from[axis]!);
  const end = start.map((v, axis) => v + all.size[axis]!);
  const votes = new Int32Array(voxelsOf(box.size));
  const sums = sumsAlongRows(mask, nx);
  for (let z = 0, at = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++, at += nx) {
      for (const row of rows) {
        const [v, w] = [y + row.y, z + row.z];
        if (v < start[1]! || v >= end[1]! || w < start[2]! || w >= end[2]!) continue;
        const hasLabels = v >= 0 && v < ny && w >= 0 && w < nz;
        const sum = (v + w * ny) * (nx + 1);
        for (let x = 0; x < nx; x++) {
          const low = Math.max(start[0]!, x - row.half);
          const high = Math.min(end[0]!, x + row.half + 1);
          let vote = low - high;
          if (hasLabels) {
            const from = low > 0 ? low : 0;
            const to = high < nx ? high : nx;
            vote += 2 * (sums[sum + to]! - sums[sum + from]!);
          }
          votes[at + x]! += vote;
        }
      }
    }
  }
  return votes;
}

/** For each row of a mask, how many of its first 0, 1, … `columns` values are set. */
function sumsAlongRows(mask: Uint8Array, columns: number): Uint32Array {
  const sums = new Uint32Array(columns === 0 ? 0 : (mask.length / columns) * (columns + 1));
  for (let at = 0, to = 0; at < mask.length; to++) {
    for (let x = 0; x < columns; x++, at++, to++) sums[to + 1] = sums[to]! + mask[at]!;
  }
  return sums;
}
