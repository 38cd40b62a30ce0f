/** The part of dcmjs that is used here; the package brings no types. */
declare module 'dcmjs' {
  interface DicomDict {
    dict: unknown;
    write(): ArrayBuffer;
  }
  const dcmjs: {
    data: {
      DicomDict: new (meta: unknown) => DicomDict;
      /** PS3.3 C.10.7.1.1. @param rgb 0 … 1 each; gives three numbers of 0 … 65535. */
      Colors: { rgb2DICOMLAB(rgb: readonly number[]): number[] };
      DicomMetaDictionary: { denaturalizeDataset(dataset: object): unknown };
    };
  };
  export default dcmjs;
}
