/** The part of dcmjs that is used here; the package brings no types. */
declare module 'dcmjs' {
  interface DicomDict {
    dict: unknown;
    write(): ArrayBuffer;
  }
  const dcmjs: {
    data: {
      DicomDict: new (meta: unknown) => DicomDict;
      DicomMetaDictionary: { denaturalizeDataset(dataset: object): unknown };
    };
  };
  export default dcmjs;
}
