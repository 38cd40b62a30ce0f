import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readImage } from '../../../src/main/images/index.ts';
import type { RandomState } from '../../../src/shared/random.ts';
import { reorient } from '../../../src/shared/geometry/index.ts';
import type { Triple, VoxelArray } from '../../../src/shared/volume.ts';
import type { LabelledSlice } from '../../../src/main/engine/learn/augment.ts';
import { chance, uniform, whole } from '../../../src/shared/random-draws.ts';

/** A cropped brain MR in LPS order with its labels: 1 anterior, 2 posterior hippocampus. */
export interface HippocampusCase {
  readonly name: string;
  readonly size: Triple;
  readonly image: VoxelArray;
  readonly labels: VoxelArray;
  /** Percentiles 0.5 and 99.5 of the image: its display window. */
  readonly window: readonly [number, number];
}

/** Every eighth case by name is held out: never trained on. */
export function split(names: readonly string[]): { train: string[]; validation: string[] } {
  const sorted = [...names].sort();
  return {
    train: sorted.filter((_, i) => i % 8 !== 7),
    validation: sorted.filter((_, i) => i % 8 === 7),
  };
}

export function caseNames(folder: string): string[] {
  return readdirSync(join(folder, 'images')).filter((f) => f.endsWith('.nii.gz'));
}

export async function loadCase(folder: string, name: string): Promise<HippocampusCase> {
  const image = reorient(await readImage(join(folder, 'images', name)), 'LPS').volume;
  const labels = reorient(await readImage(join(folder, 'labels', name)), 'LPS').volume;
  const sorted = Float32Array.from(image.data).sort();
  const at = (p: number): number => sorted[Math.round(p * (sorted.length - 1))]!;
  return {
    name,
    size: image.grid.size,
    image: image.data,
    labels: labels.data,
    window: [at(0.005), at(0.995)],
  };
}

/**
 * A slice in standard display orientation. Axial: columns to the left, rows to the back; sagittal:
 * columns to the back, rows down; coronal: columns to the left, rows down. Masks: anterior,
 * posterior.
 */
export function hippocampusSlice(
  c: HippocampusCase,
  plane: 'axial' | 'sagittal' | 'coronal',
  index: number,
  window = c.window,
): LabelledSlice {
  const [nx, ny, nz] = c.size;
  const [columns, rows] = { axial: [nx, ny], sagittal: [ny, nz], coronal: [nx, nz] }[plane] as [
    number,
    number,
  ];
  const image = new Uint8Array(columns * rows);
  const anterior = new Uint8Array(columns * rows);
  const posterior = new Uint8Array(columns * rows);
  const [low, high] = window;
  for (let r = 0; r < rows; r++) {
    for (let q = 0; q < columns; q++) {
      const [i, j, k] =
        plane === 'axial'
          ? [q, r, index]
          : plane === 'sagittal'
            ? [index, q, nz - 1 - r]
            : [q, index, nz - 1 - r];
      const voxel = i! + nx * (j! + ny * k!);
      const at = r * columns + q;
      image[at] = Math.max(0, Math.min(255, ((c.image[voxel]! - low) / (high - low)) * 255));
      if (c.labels[voxel] === 1) anterior[at] = 1;
      if (c.labels[voxel] === 2) posterior[at] = 1;
    }
  }
  const picture = { channels: 1, columns, rows, values: image } as const;
  return { picture, masks: [anterior, posterior] };
}

const PLANES = { axial: 2, sagittal: 0, coronal: 1 } as const;

/**
 * Half of the slices are axial; four of five show the hippocampus, as far as three attempts find
 * one; windows vary by a tenth.
 */
export function drawHippocampusSlice(state: RandomState, c: HippocampusCase): LabelledSlice {
  const plane = chance(state, 0.5) ? 'axial' : chance(state, 0.5) ? 'sagittal' : 'coronal';
  const [low, high] = c.window;
  const jitter = (): number => uniform(state, -0.05, 0.05) * (high - low);
  const window: [number, number] = [low + jitter(), high + 2 * jitter()];
  const draw = (): LabelledSlice =>
    hippocampusSlice(c, plane, whole(state, 0, c.size[PLANES[plane]] - 1), window);
  let slice = draw();
  const wanted = chance(state, 0.8);
  for (let attempt = 1; attempt < 3 && wanted && isEmpty(slice); attempt++) slice = draw();
  return slice;
}

const isEmpty = (slice: LabelledSlice): boolean => slice.masks.every((m) => !m.includes(1));
