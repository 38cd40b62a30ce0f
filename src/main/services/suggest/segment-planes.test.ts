import { describe, expect, it } from 'vitest';
import { entropy } from '../../../shared/uncertainty.ts';
import type { Volume } from '../../../shared/volume.ts';
import { choosePlanes } from './planes.ts';
import { segmentPlanes } from './segment-planes.ts';
import type { Predict } from '../engine/index.ts';

const size = [4, 5, 6] as const;
const volume: Volume = {
  // Stored feet to head, rows from the back: the display has to turn it.
  grid: { size, affineLps: [1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] },
  data: Float32Array.from({ length: 120 }, (_, i) => i / 119),
};

/** Says of every pixel its own value, moved towards ½ by what is given for a plane's shape. */
const echo =
  (certainty: (columns: number, rows: number) => number, keys: string[] = []): Predict =>
  ({ slice, sliceKey }) => {
    keys.push(sliceKey);
    const c = certainty(slice.columns, slice.rows);
    const probability = Float32Array.from(slice.pixels, (v) => 0.5 + (v - 0.5) * c);
    const total = probability.map(entropy);
    const maps = [
      { probability, total, aleatoric: total, epistemic: new Float32Array(total.length) },
    ];
    return Promise.resolve({ samplesUsed: 3, final: true, maps });
  };

const options = {
  volume,
  window: { centre: 0, width: 1 },
  labels: [{ name: 'a', prompt: 'a' }],
  samples: 3,
  seed: 0,
  tolerance: 0,
  sliceKey: (k: number) => `slice ${k}`,
};

describe('fusing planes', () => {
  it('puts every plane back onto the grid of the volume', async () => {
    const planes = ['axial', 'coronal', 'sagittal'] as const;
    const { probability, labelMap, uncertainty, slices } = await segmentPlanes(
      echo(() => 0.9),
      { ...options, planes },
    );
    volume.data.forEach((v, i) => {
      const p = 0.5 + (v - 0.5) * 0.9;
      expect(probability[0]![i]).toBeCloseTo(p, 5);
      expect(uncertainty[i]).toBeCloseTo(entropy(p), 5);
      expect(labelMap[i]).toBe(p > 0.5 ? 1 : 0);
    });
    expect(slices.map(({ index, samplesUsed }) => [index, samplesUsed])).toEqual(
      [0, 1, 2, 3, 4, 5].map((k) => [k, 3]),
    );
  });

  it('listens to the plane that is sure more than to those that are not', async () => {
    const sureInAxial = (columns: number, rows: number): number =>
      columns === 4 && rows === 5 ? 1 : 0.01;
    const { probability } = await segmentPlanes(echo(sureInAxial), {
      ...options,
      planes: ['axial', 'coronal', 'sagittal'],
    });
    const last = probability[0]!.at(-1)!;
    expect(last).toBeGreaterThan(0.95);
    expect(last).toBeLessThanOrEqual(1);
  });

  it('leaves one plane as it is, slices under their own names, and asks for no plane twice', async () => {
    const keys: string[] = [];
    const planes = ['acquired', 'axial'] as const;
    await segmentPlanes(
      echo(() => 1, keys),
      { ...options, planes },
    );
    expect(keys.sort()).toEqual([0, 1, 2, 3, 4, 5].map((k) => `slice ${k}`));
  });

  it('reports progress over all planes', async () => {
    const seen: string[] = [];
    const planes = ['axial', 'sagittal'] as const;
    const onProgress = (done: number, total: number): void => void seen.push(`${done}/${total}`);
    await segmentPlanes(
      echo(() => 1),
      { ...options, planes, onProgress },
    );
    expect(seen.at(-1)).toBe('10/10');
  });
});

describe('the planes of a volume', () => {
  const rules = { CT: ['acquired' as const], default: ['axial' as const, 'coronal' as const] };
  const longVoxels: Volume = {
    ...volume,
    grid: { size, affineLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1] },
  };
  it('are what the bundle asks for, the acquired one where voxels are long or slices few', () => {
    expect(choosePlanes(rules, volume, 'MR')).toEqual(['axial', 'coronal']);
    expect(choosePlanes(rules, volume, 'CT')).toEqual(['acquired']);
    expect(choosePlanes(rules, volume, undefined)).toEqual(['axial', 'coronal']);
    expect(choosePlanes(undefined, volume, 'MR')).toEqual(['acquired']);
    expect(choosePlanes(rules, longVoxels, 'MR')).toEqual(['acquired']);
    const single = { ...volume, grid: { ...volume.grid, size: [4, 30, 1] as const } };
    expect(choosePlanes(rules, single, 'MR')).toEqual(['acquired']);
  });
});
