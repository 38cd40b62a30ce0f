import { describe, expect, it } from 'vitest';
import type { Affine, Axis } from '../../shared/volume.ts';
import { viewOrder, viewTitle } from './views.ts';

const AXES: readonly Axis[] = [0, 1, 2];
const AXIAL: Affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
/** Columns to the back, rows to the feet, slices to the left. */
const SAGITTAL: Affine = [0, 0, 1, 0, 0.9, 0.3, 0, 0, 0.3, -0.9, 0, 0, 0, 0, 0, 1];

describe('views', () => {
  const titles = (affine: Affine | null, large: Axis): string[] =>
    viewOrder(affine, large).map((axis) => viewTitle(affine, axis).title);

  it('are named by anatomy, and shown in its order behind the large one', () => {
    expect(titles(AXIAL, 2)).toEqual(['Axial', 'Sagittal', 'Coronal']);
    expect(titles(SAGITTAL, 2)).toEqual(['Sagittal', 'Axial', 'Coronal']);
    expect(titles(SAGITTAL, 0)).toEqual(['Coronal', 'Axial', 'Sagittal']);
    expect(AXES.map((axis) => viewTitle(AXIAL, axis).slices)).toEqual([
      'Sagittal slices',
      'Coronal slices',
      'Axial slices',
    ]);
  });

  it('claim no plane where nothing says how slices lie in the patient', () => {
    expect(titles(null, 2)).toEqual(['Slices', 'Across columns', 'Across rows']);
    expect(titles(null, 1)).toEqual(['Across rows', 'Slices', 'Across columns']);
    expect(viewTitle(null, 2).slices).toBe('Slices');
  });
});
