import vtkDataArray from '@kitware/vtk.js/Common/Core/DataArray.js';
import vtkImageData from '@kitware/vtk.js/Common/DataModel/ImageData.js';
import vtkImageMarchingCubes from '@kitware/vtk.js/Filters/General/ImageMarchingCubes.js';
import { determinant, invertAffine, voxelToWorld } from '../../shared/geometry/index.ts';
import type { Grid, Triple } from '../../shared/volume.ts';
import type { Field } from './field.ts';

/** Triangles around a label. */
export interface Mesh {
  /** x, y, z: patient coordinates, LPS, mm. */
  readonly points: Float32Array;
  /** Of each point, outwards, of length 1. */
  readonly normals: Float32Array;
  /** vtk's cells: 3, a, b, c, 3, …; anticlockwise seen from outside. */
  readonly triangles: Uint32Array;
}

/** Where half of a cell is the label (Lorensen and Cline, Marching Cubes, 1987). */
export function extractMesh(field: Field, grid: Grid): Mesh {
  const image = vtkImageData.newInstance({ spacing: [1, 1, 1], origin: [0, 0, 0] });
  image.setDimensions([...field.size] as [number, number, number]);
  const scalars = vtkDataArray.newInstance({
    values: field.values,
    numberOfComponents: 1,
    name: 'share',
  });
  image.getPointData().setScalars(scalars);
  const cubes = vtkImageMarchingCubes.newInstance({
    contourValue: 0.5,
    computeNormals: true,
    mergePoints: true,
  });
  cubes.setInputData(image);
  cubes.update();
  const output = cubes.getOutputData();
  const points = Float32Array.from(output.getPoints().getData());
  const normals = Float32Array.from(output.getPointData().getNormals()?.getData() ?? []);
  const triangles = Uint32Array.from(output.getPolys().getData());
  toPatient(points, normals, field, grid);
  // Mirrored axes turn triangles inside out.
  if (determinant(grid.affineLps) < 0) turnOver(triangles);
  return { points, normals, triangles };
}

/** From cells to the patient, in place: normals by the transposed inverse. */
function toPatient(
  points: Float32Array,
  normals: Float32Array,
  { origin, step }: Field,
  grid: Grid,
): void {
  const inverse = invertAffine(grid.affineLps);
  for (let at = 0; at < points.length; at += 3) {
    const voxel = [0, 1, 2].map((axis) => origin[axis]! + points[at + axis]! * step[axis]!);
    points.set(voxelToWorld(grid, voxel as unknown as Triple), at);
    const steep = [0, 1, 2].map((axis) => normals[at + axis]! / step[axis]!);
    const world = [0, 1, 2].map(
      (c) => inverse[c]! * steep[0]! + inverse[4 + c]! * steep[1]! + inverse[8 + c]! * steep[2]!,
    );
    const length = Math.hypot(...world) || 1;
    normals.set(
      world.map((c) => c / length),
      at,
    );
  }
}

function turnOver(triangles: Uint32Array): void {
  for (let at = 0; at < triangles.length; at += 4) {
    const second = triangles[at + 2]!;
    triangles[at + 2] = triangles[at + 3]!;
    triangles[at + 3] = second;
  }
}
