// What vtk.js has no types for, as far as it is used.
declare module '@kitware/vtk.js/Filters/General/ImageMarchingCubes.js' {
  import type vtkImageData from '@kitware/vtk.js/Common/DataModel/ImageData.js';
  import type vtkPolyData from '@kitware/vtk.js/Common/DataModel/PolyData.js';

  interface MarchingCubes {
    setInputData(image: vtkImageData): void;
    getOutputData(): vtkPolyData;
    update(): void;
  }
  const filter: {
    newInstance(values: {
      contourValue: number;
      computeNormals: boolean;
      mergePoints: boolean;
    }): MarchingCubes;
  };
  export default filter;
}
declare module '@kitware/vtk.js/Rendering/OpenGL/Profiles/Geometry.js';
