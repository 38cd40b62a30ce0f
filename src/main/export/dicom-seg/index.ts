import dcmjs from 'dcmjs';
import { MarginaliaError } from '../../../shared/errors.ts';
import type { OutputFile } from '../atomic.ts';
import { dicomFile, type Attributes } from '../dicom-file.ts';
import { rgbOf } from '../../../shared/label-colours.ts';
import type { LabelDefinition } from '../labels.ts';
import { code, frameGroups, framesOf, sharedGroups, type SegFrame } from './frames.ts';
import { placementOf, type Dimension, type Placement } from './placement.ts';
import { bitPixels, labelPixels } from './pixels.ts';
import type { DicomSegmentation, SegmentationType } from './types.ts';

export type { DicomSegmentation, DicomSource, SegmentationType } from './types.ts';

const SOP_CLASS = {
  BINARY: '1.2.840.10008.5.1.4.1.1.66.4',
  LABELMAP: '1.2.840.10008.5.1.4.1.1.66.7',
} as const;

/**
 * Labels as a DICOM segmentation in the study of their series. `BINARY`: Segmentation Storage
 * (PS3.3 A.51), a segment a label, numbered from 1 on, a bit a pixel. `LABELMAP`: Label Map
 * Segmentation Storage (PS3.3 A.51, Supplement 243), segments numbered by the labels' values.
 * Slices in which nothing is labelled have no frame. Patient and study are those of the source.
 * @throws MarginaliaError `not-representable` where it would be larger than such an object may be, and
 *   for pictures of several sizes.
 */
export async function dicomSegmentation(
  name: string,
  segmentation: DicomSegmentation,
  type: SegmentationType,
): Promise<OutputFile> {
  requireOneSize(segmentation);
  const frames = await framesOf(segmentation, type);
  const header = dicomFile(attributesOf(segmentation, type, frames));
  const [nx, ny] = segmentation.image.raster.size;
  const bits = nx * ny * frames.length * (type === 'BINARY' ? 1 : 8);
  const length = 2 * Math.ceil(bits / 16);
  const element = pixelElement(length);
  return {
    name,
    atMost: header.length + element.length + length,
    content: async function* () {
      yield header;
      yield element;
      yield* (type === 'BINARY' ? bitPixels : labelPixels)(segmentation, frames);
    },
  };
}

/** All frames of an object have its Rows and Columns (PS3.3 C.7.6.3). */
function requireOneSize({ image: { raster } }: DicomSegmentation): void {
  if (raster.frameSizes === null) return;
  throw new MarginaliaError(
    'not-representable',
    'The pictures are of several sizes, and all frames of a DICOM segmentation are of one.',
    'Write masks as PNG.',
  );
}

/** The start of Pixel Data (7FE0,0010) OB, the last element of the file. */
function pixelElement(length: number): Uint8Array {
  if (length >= 2 ** 32 - 1) {
    throw new MarginaliaError(
      'not-representable',
      'The labels need more than the 4 GB that the pixels of a DICOM object may take.',
      'Write them as a label map, or as NIfTI.',
    );
  }
  const element = Buffer.alloc(12);
  element.writeUInt16LE(0x7fe0, 0);
  element.writeUInt16LE(0x0010, 2);
  element.write('OB', 4, 'latin1');
  element.writeUInt32LE(length, 8);
  return element;
}

function attributesOf(
  segmentation: DicomSegmentation,
  type: SegmentationType,
  frames: readonly SegFrame[],
): Attributes {
  const { image, labels, source, created, application, newUid } = segmentation;
  const [date, time] = [created.toISOString().slice(0, 10), created.toISOString().slice(11, 19)];
  const placement = placementOf(segmentation);
  const dimensions = newUid();
  const isBinary = type === 'BINARY';
  return {
    ImageType: ['DERIVED', 'PRIMARY'],
    SOPClassUID: SOP_CLASS[type],
    SOPInstanceUID: newUid(),
    ContentDate: date.replaceAll('-', ''),
    SeriesDate: date.replaceAll('-', ''),
    ContentTime: time.replaceAll(':', ''),
    SeriesTime: time.replaceAll(':', ''),
    TimezoneOffsetFromUTC: '+0000',
    Modality: 'SEG',
    Manufacturer: 'Marginalia',
    ManufacturerModelName: 'Marginalia',
    DeviceSerialNumber: '1',
    SoftwareVersions: application.version,
    SeriesDescription: 'Labels, for research use only',
    ReferencedSeriesSequence: [referencedSeries(segmentation)],
    ...sharedWithSource(segmentation, placement),
    SeriesInstanceUID: newUid(),
    SeriesNumber: String(1000 + (source.seriesNumber ?? 0)),
    InstanceNumber: '1',
    ContentLabel: 'LABELS',
    ContentDescription: segmentation.description,
    ContentCreatorName: '',
    DimensionOrganizationSequence: [{ DimensionOrganizationUID: dimensions }],
    DimensionIndexSequence: [
      ...(isBinary ? [dimension(dimensions, SEGMENT)] : []),
      dimension(dimensions, placement.dimension),
    ],
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    NumberOfFrames: String(frames.length),
    Rows: image.raster.size[1],
    Columns: image.raster.size[0],
    BitsAllocated: isBinary ? 1 : 8,
    BitsStored: isBinary ? 1 : 8,
    HighBit: isBinary ? 0 : 7,
    PixelRepresentation: 0,
    ...lossyOf(segmentation),
    SegmentationType: type,
    SegmentsOverlap: 'NO',
    SegmentSequence: labels.map((label, n) =>
      segmentOf(label, isBinary ? n + 1 : label.value, segmentation),
    ),
    SharedFunctionalGroupsSequence: [sharedGroups(segmentation, placement)],
    PerFrameFunctionalGroupsSequence: frames.map((frame) =>
      frameGroups(frame, segmentation, placement),
    ),
  };
}

/** Patient and study; the frame of reference, but where slices say nothing of a place in it (A.51.5.1). */
function sharedWithSource(
  { source, newUid }: DicomSegmentation,
  { isInPatient }: Placement,
): object {
  const { FrameOfReferenceUID, PositionReferenceIndicator = '', ...rest } = source.shared;
  // Of type 2C (C.7.6.1): where no plane says it, and it is unknown, it is there without a value.
  if (!isInPatient) return { ...rest, PatientOrientation: '' };
  return {
    ...rest,
    FrameOfReferenceUID: FrameOfReferenceUID || newUid(),
    PositionReferenceIndicator,
  };
}

/** PS3.3 C.8.20.2.2: what is made of images that were compressed with loss says so. */
const lossyOf = ({ source: { lossy } }: DicomSegmentation): object => ({
  LossyImageCompression: lossy ? '01' : '00',
  ...(lossy && lossy.ratios.length > 0 && { LossyImageCompressionRatio: lossy.ratios }),
  ...(lossy && lossy.methods.length > 0 && { LossyImageCompressionMethod: lossy.methods }),
});

const SEGMENT: Dimension = { pointer: 0x0062000b, group: 0x0062000a, label: 'Segment' };

const dimension = (uid: string, { pointer, group, label }: Dimension): object => ({
  DimensionOrganizationUID: uid,
  DimensionIndexPointer: pointer,
  FunctionalGroupPointer: group,
  DimensionDescriptionLabel: label,
});

/** PS3.3 C.12.4 */
const referencedSeries = ({ source }: DicomSegmentation): object => ({
  SeriesInstanceUID: source.seriesInstanceUid,
  ReferencedInstanceSequence: source.instances.map(({ sopClassUid, sopInstanceUid }) => ({
    ReferencedSOPClassUID: sopClassUid,
    ReferencedSOPInstanceUID: sopInstanceUid,
  })),
});

/** Words by which a coded term names something that a healthy body does not have. */
const ABNORMAL =
  /lesion|tumou?r|neoplas|carcinoma|metasta|nodule|cyst|abscess|ha?emorrhage|infarct|o?edema|mass/i;

/** PS3.3 C.8.20.2: a label without a coded term is said to be tissue. */
function segmentOf(
  label: LabelDefinition,
  number: number,
  { algorithmOf, remarkOf }: DicomSegmentation,
): object {
  const { name, colour, prompt, term } = label;
  const [algorithm, remark] = [algorithmOf(label), remarkOf(label)];
  const tissue = code('SCT', '85756007', 'Tissue');
  const category = ABNORMAL.test(term?.meaning ?? '')
    ? code('SCT', '49755003', 'Morphologically Abnormal Structure')
    : code('SCT', '123037004', 'Anatomical Structure');
  return {
    SegmentedPropertyCategoryCodeSequence: [term ? category : tissue],
    SegmentNumber: number,
    // LO: 64 characters and no backslash, which would part values.
    SegmentLabel: name.replaceAll('\\', '/').slice(0, 64),
    SegmentDescription: descriptionOf(prompt, remark),
    SegmentAlgorithmType: algorithm,
    ...(algorithm !== 'MANUAL' && { SegmentAlgorithmName: 'MedCLIPSeg in Marginalia' }),
    RecommendedDisplayCIELabValue: labOf(colour),
    SegmentedPropertyTypeCodeSequence: [
      term ? code(term.scheme, term.value, term.meaning.slice(0, 64)) : tissue,
    ],
  };
}

/** ST: 1024 characters; of a long prompt the end gives way to the remark. */
function descriptionOf(prompt: string, remark: string): string {
  const end = remark === '' ? '' : `. ${remark}`;
  return prompt.replaceAll('\\', '/').slice(0, 1024 - end.length) + end;
}

function labOf(colour: string): number[] {
  const rgb = rgbOf(colour).map((v) => v / 255);
  return dcmjs.data.Colors.rgb2DICOMLAB(rgb).map((v) =>
    Math.max(0, Math.min(65535, Math.round(v))),
  );
}
