/** What a source calls an image, and whom it shows: '' and undefined where it does not say. */
export interface ImageOrigin {
  readonly patientName: string;
  readonly patientId: string;
  readonly studyInstanceUid: string;
  readonly studyDescription: string;
  /** DICOM DA, YYYYMMDD. */
  readonly studyDate: string;
  /** Images with the same one belong to one series; the image's id where there are no series. */
  readonly seriesInstanceUid: string;
  readonly seriesNumber: number | undefined;
  readonly manufacturer: string;
  /** DICOM's MR Acquisition Type (0018,0023), as it is. */
  readonly acquisition: string;
  /** Of its files, in the order of the frames, each once. */
  readonly sopInstanceUids: readonly string[];
}

/** The series that was labelled, as a DICOM object made from it refers to it. */
export interface SourceSeries {
  /** What both share, by keyword (PS3.6): patient, study, frame of reference. */
  readonly shared: Readonly<Record<string, string>>;
  readonly seriesInstanceUid: string;
  readonly seriesNumber: number | undefined;
  /** All objects of which the volume was made, each once. */
  readonly instances: readonly SourceInstance[];
  /** By slice; null where slices are not those of the series. */
  readonly images: readonly SourceImage[] | null;
  /** Of the pixels of any of its objects; absent where none was compressed with loss. */
  readonly lossy?: LossyCompression | undefined;
}

/** Lossy Image Compression (PS3.3 C.7.6.1.1.5). */
export interface LossyCompression {
  /** Lossy Image Compression Ratio (0028,2112), one for each time; empty where unknown, as the next. */
  readonly ratios: readonly string[];
  /** Lossy Image Compression Method (0028,2114). */
  readonly methods: readonly string[];
}

export interface SourceInstance {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
}

export interface SourceImage extends SourceInstance {
  /** From 1 on, in an object of several frames. */
  readonly frame?: number | undefined;
  /** Slice Thickness (0018,0050), mm; absent where unknown. */
  readonly sliceThickness?: number | undefined;
}
