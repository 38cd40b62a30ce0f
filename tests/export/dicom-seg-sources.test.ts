import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { dicomSegmentation } from '../../src/main/export/dicom-seg/index.ts';
import { labelledImage } from '../../src/main/export/index.ts';
import { readerOf, scanImages } from '../../src/main/images/index.ts';
import { dicomSource } from '../../src/main/services/cases/index.ts';
import type { ImageInfo } from '../../src/shared/image/index.ts';
import { sharedPath } from '../support/shared-data.ts';
import { missingCommand, missingPython, python } from './tools.ts';

const folder = mkdtempSync(join(tmpdir(), 'marginalia-seg-sources-'));
afterAll(() => rmSync(folder, { recursive: true }));

const LABELS = [
  { name: 'one', prompt: 'one', colour: '#c0392b', value: 1 },
  { name: 'two', prompt: 'two', colour: '#2ecc71', value: 2 },
];

interface Written {
  readonly image: ImageInfo;
  readonly columns: number;
  readonly rows: number;
  readonly labelMap: Uint8Array;
  readonly path: string;
}

/** The only image below a path with two labels on all slices but the second, as a DICOM segmentation. */
async function written(source: string, type: 'BINARY' | 'LABELMAP'): Promise<Written> {
  const { images } = await scanImages([source]);
  expect(images).toHaveLength(1);
  const image = images[0]!;
  const labelled = labelledImage(image, await readerOf(image).readAll(image, {}));
  const [columns, rows, slices] = labelled.raster.size;
  const labelMap = new Uint8Array(columns * rows * slices);
  for (let i = 0; i < labelMap.length; i++) {
    const k = Math.floor(i / (columns * rows));
    if (k !== 1) labelMap[i] = (i * 7 + k) % 11 === 3 ? 1 : (i * 5 + k) % 13 === 2 ? 2 : 0;
  }
  const file = await dicomSegmentation(
    'x.dcm',
    {
      image: labelled,
      labelMap,
      labels: LABELS,
      ...(await dicomSource(image, false)),
      algorithmOf: () => 'MANUAL',
      remarkOf: () => '',
      description: '',
      application: { version: '0.1.0' },
      created: new Date('2026-03-04T05:06:07Z'),
    },
    type,
  );
  const parts: Uint8Array[] = [];
  for await (const part of file.content()) parts.push(part);
  const path = join(folder, `${type}.dcm`);
  writeFileSync(path, Buffer.concat(parts));
  return { image, columns, rows, labelMap, path };
}

interface SegFrame {
  readonly segment: number;
  /** The image and its frame, from 0. */
  readonly of: string;
  readonly preserved: string;
  readonly index: number[];
  /** Position, orientation and pixel spacing; null where the segmentation says none. */
  readonly plane: number[] | null;
  /** The same of the image that it refers to, by its own header. */
  readonly source: number[] | null;
  /** Pixels in base64. */
  readonly pixels: string;
}

interface Read {
  readonly frames: SegFrame[];
  readonly frameOfReference: string | null;
  readonly measures: Record<string, string>;
  readonly pointers: string[];
  readonly lossy: string[];
  readonly sourceFrameOfReference: string | null;
}

/** Follows each frame of a segmentation to the image that it says it was made of. */
const READ = `
import sys, json, base64, pathlib, pydicom, numpy
seg = pydicom.dcmread(sys.argv[1])
images = {}
at = pathlib.Path(sys.argv[2])
for p in [at] if at.is_file() else sorted(at.rglob('*')):
    if p.is_file():
        try: d = pydicom.dcmread(p, stop_before_pixels=True)
        except pydicom.errors.InvalidDicomError: continue
        images[d.SOPInstanceUID] = d
shared = seg.SharedFunctionalGroupsSequence[0]
pixels = seg.pixel_array.reshape((int(seg.NumberOfFrames), -1)).astype('uint8')
macro = lambda f, name: (f[name][0] if name in f else shared[name][0] if name in shared else None)
numbers = lambda *parts: [float(v) for part in parts for v in part]
def plane(f):
    at, turn, measures = (macro(f, n + 'Sequence') for n in ('PlanePosition', 'PlaneOrientation', 'PixelMeasures'))
    if at is None and turn is None and measures is None: return None
    return numbers(at.ImagePositionPatient, turn.ImageOrientationPatient, measures.PixelSpacing)
frames = []
for n, f in enumerate(seg.PerFrameFunctionalGroupsSequence):
    [derived] = f.DerivationImageSequence
    [ref] = derived.SourceImageSequence
    image = images[ref.ReferencedSOPInstanceUID]
    frames.append({
        'segment': int(f.SegmentIdentificationSequence[0].ReferencedSegmentNumber) if 'SegmentIdentificationSequence' in f else 0,
        'of': ref.ReferencedSOPInstanceUID + '/' + str(int(ref.get('ReferencedFrameNumber', 1)) - 1),
        'preserved': ref.SpatialLocationsPreserved,
        'index': [int(v) for v in numpy.atleast_1d(f.FrameContentSequence[0].DimensionIndexValues)],
        'plane': plane(f),
        'source': numbers(image.ImagePositionPatient, image.ImageOrientationPatient, image.PixelSpacing) if 'ImagePositionPatient' in image and 'PixelSpacing' in image else None,
        'pixels': base64.b64encode(pixels[n].tobytes()).decode(),
    })
first = next(iter(images.values()))
print(json.dumps({
    'frames': frames,
    'frameOfReference': str(seg.FrameOfReferenceUID) if 'FrameOfReferenceUID' in seg else None,
    'sourceFrameOfReference': str(first.FrameOfReferenceUID) if 'FrameOfReferenceUID' in first else None,
    'measures': {e.keyword: str(e.value) for e in shared.PixelMeasuresSequence[0]} if 'PixelMeasuresSequence' in shared else {},
    'pointers': [str(i.DimensionIndexPointer) for i in seg.DimensionIndexSequence],
    'lossy': [str(seg.get(k, '')) for k in ('LossyImageCompression', 'LossyImageCompressionRatio', 'LossyImageCompressionMethod')],
}))
`;

/** Every labelled slice has its frames, made of the image that it is, and with its very pixels. */
function expectPixels({ image, columns, rows, labelMap }: Written, { frames }: Read): void {
  const pixels = columns * rows;
  const wanted = (value: number, k: number): string => {
    const slice = labelMap.subarray(k * pixels, (k + 1) * pixels);
    const of = value === 0 ? slice : slice.map((v) => (v === value ? 1 : 0));
    return Buffer.from(of).toString('base64');
  };
  const indices = image.frames.map((_, k) => k).filter((k) => k !== 1);
  const values = frames[0]!.segment === 0 ? [0] : LABELS.map(({ value }) => value);
  expect(frames.map(({ segment, of }) => `${segment} ${of}`)).toEqual(
    values.flatMap((value) =>
      indices.map((k) => `${value} ${image.frames[k]!.key.split('/').slice(0, 2).join('/')}`),
    ),
  );
  values
    .flatMap((value) => indices.map((k) => [value, k] as const))
    .forEach(([value, k], n) => {
      // One by one: a difference of all would be a page of base64.
      expect(frames[n]!.pixels === wanted(value, k), `frame ${n}`).toBe(true);
      expect(frames[n]!.preserved).toBe('YES');
      expect(frames[n]!.index.at(-1)).toBe(k + 1);
    });
}

const noPydicom = missingPython('pydicom');
const noJudge = missingCommand('dciodvfy', 'dicom3tools');

/** What dciodvfy says of a file, and the errors among it. */
function judged(path: string): { readonly said: string; readonly errors: readonly string[] } {
  const { stdout, stderr } = spawnSync('dciodvfy', [path], { encoding: 'utf8' });
  const said = `${stdout}${stderr}`;
  return { said, errors: said.split('\n').filter((text) => text.startsWith('Error')) };
}

function expectValid(path: string): void {
  const { said, errors } = judged(path);
  expect(errors).toEqual([]);
  expect(said).toContain('Segmentation');
}

/** What sets label maps apart from what releases of dciodvfy before them know (PS3.3 A.51, C.8.20.2). */
const OF_LABEL_MAPS =
  /<LABELMAP> for value 1 of attribute <Segmentation Type>|SegmentIdentificationSequence/;

/**
 * Releases that do not know label maps, which are of 2024, say no more than that. As a segmentation of the other
 * class (its UID is as long) they find in them nothing but what label maps are.
 */
function expectValidLabelMap(path: string): void {
  const { errors } = judged(path);
  if (errors.length === 0) return;
  expect(errors).toEqual(['Error - Information Object Not found']);
  const bytes = readFileSync(path, 'latin1');
  const classes = '1.2.840.10008.5.1.4.1.1.66.7';
  expect(bytes).toContain(classes);
  const other = `${path}-as-binary.dcm`;
  writeFileSync(other, bytes.replaceAll(classes, classes.replace(/7$/, '4')), 'latin1');
  const { said, errors: rest } = judged(other);
  expect(said).toContain('Segmentation');
  expect(rest.filter((text) => !OF_LABEL_MAPS.test(text))).toEqual([]);
}

const IN_STACK = '(0020, 9057)';
const IN_TIME = '(0020, 9128)';

const PLACELESS = [
  ['us-rgb', IN_STACK],
  ['us-rgb-12-frames', IN_TIME],
  ['dx-chest', IN_STACK],
  ['cr-monochrome1', IN_STACK],
  ['oct-20-frames', IN_STACK],
  ['endoscopy-rgb', IN_STACK],
  ['dermoscopy-rgb-planar', IN_STACK],
  ['no-position', IN_STACK],
  ['no-geometry', IN_STACK],
  ['imager-spacing-only', IN_STACK],
] as const;

describe.each(PLACELESS)('a DICOM segmentation of %s', (name, pointer) => {
  const path = sharedPath('data', 'hard-series', name);
  const missing = path === undefined ? 'needs ../shared/data/hard-series' : undefined;

  it.skipIf(missing ?? noPydicom)(
    `refers to the images themselves, and says no place ${missing ?? noPydicom ?? ''}`,
    async () => {
      for (const type of ['BINARY', 'LABELMAP'] as const) {
        const one = await written(path!, type);
        const read = python<Read>(READ, one.path, path!);
        expectPixels(one, read);
        expect(read.frames.every(({ plane }) => plane === null)).toBe(true);
        expect(read.frameOfReference).toBe(null);
        expect(read.pointers.at(-1)).toBe(pointer);
        expect(read.lossy).toEqual(['00', '', '']);
      }
    },
  );

  it.skipIf(missing ?? noJudge)(`is one to dciodvfy ${missing ?? noJudge ?? ''}`, async () => {
    expectValid((await written(path!, 'BINARY')).path);
    expectValidLabelMap((await written(path!, 'LABELMAP')).path);
  });
});

const LOSSY = [
  ['pydicom/test_files/SC_rgb_jpeg.dcm', ['01', '10', 'ISO_10918_1']],
  // Its transfer syntax says how.
  ['codecs/TestPattern_JPEG-LS-NearLossless.dcm', ['01', '11.141', 'ISO_14495_1']],
  ['pydicom/test_files/examples_ybr_color.dcm', ['01', '19', 'ISO_10918_1']],
  // Compressed before, and no longer.
  ['codecs/US-YBR_FULL_422-EVRLE.dcm', ['01', '13', 'ISO_10918_1']],
] as const;

describe.each(LOSSY)('a DICOM segmentation of the lossy %s', (name, lossy) => {
  const path = sharedPath('data', 'dialects', ...name.split('/'));
  const missing = path === undefined ? 'needs ../shared/data/dialects' : undefined;

  it.skipIf(missing ?? noPydicom)(`says so ${missing ?? noPydicom ?? ''}`, async () => {
    const one = await written(path!, 'BINARY');
    const read = python<Read>(READ, one.path, path!);
    expectPixels(one, read);
    expect(read.lossy).toEqual(lossy);
  });

  it.skipIf(missing ?? noJudge)(`is one to dciodvfy ${missing ?? noJudge ?? ''}`, async () => {
    expectValid((await written(path!, 'BINARY')).path);
  });
});

const tilted = sharedPath('data', 'ct-gantry-tilt');
const noTilted = tilted === undefined ? 'needs ../shared/data/ct-gantry-tilt' : undefined;

describe('a DICOM segmentation of a tilted and uneven CT as it was acquired', () => {
  it.skipIf(noTilted ?? noPydicom)(
    `has each slice where its image lies ${noTilted ?? noPydicom ?? ''}`,
    async () => {
      for (const type of ['BINARY', 'LABELMAP'] as const) {
        const one = await written(tilted!, type);
        const read = python<Read>(READ, one.path, tilted!);
        expectPixels(one, read);
        for (const { plane, source } of read.frames) {
          expect(plane).toEqual(source!.map((v) => expect.closeTo(v, 4) as number));
        }
        expect(read.frameOfReference).toBe(read.sourceFrameOfReference);
        expect(read.pointers.at(-1)).toBe('(0020, 0032)');
        expect(read.measures).not.toHaveProperty('SpacingBetweenSlices');
      }
    },
  );

  it.skipIf(noTilted ?? noJudge)(`is one to dciodvfy ${noTilted ?? noJudge ?? ''}`, async () => {
    expectValid((await written(tilted!, 'BINARY')).path);
  });
});
