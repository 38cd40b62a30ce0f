import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import {
  dicomSegmentation,
  type DicomSegmentation,
} from '../../src/main/export/dicom-seg/index.ts';
import { bitPixels } from '../../src/main/export/dicom-seg/pixels.ts';
import { rasterOfGrid } from '../../src/shared/image/index.ts';
import type { Grid } from '../../src/shared/volume.ts';
import { missingCommand, missingPython, python } from './tools.ts';

const folder = mkdtempSync(join(tmpdir(), 'marginalia-seg-'));
afterAll(() => rmSync(folder, { recursive: true }));

const CT = '1.2.840.10008.5.1.4.1.1.2';
const SIZE = [13, 7, 5] as const;
const VOXELS = 13 * 7 * 5;
/** Rotated about two axes; 0.7 × 0.9 × 2.5 mm. */
const grid: Grid = {
  size: [...SIZE],
  affineLps: oblique([0.7, 0.9, 2.5], [-31.5, 12.25, 1043.75]),
};

function oblique([dx, dy, dz]: readonly number[], [x, y, z]: readonly number[]): number[] {
  const [c, s] = [Math.cos(0.3), Math.sin(0.3)];
  const [d, t] = [Math.cos(0.2), Math.sin(0.2)];
  const [row, column, normal] = [
    [c, s * d, s * t],
    [-s, c * d, c * t],
    [0, -t, d],
  ] as const;
  return [0, 1, 2]
    .flatMap((i) => [row[i]! * dx!, column[i]! * dy!, normal[i]! * dz!, [x, y, z][i]!])
    .concat(0, 0, 0, 1);
}

/** Slice 2 has nothing, label 9 is in slice 4 only, the last label nowhere. */
const labelMap = Uint8Array.from({ length: VOXELS }, (_, i) => {
  const k = Math.floor(i / 91);
  if (k === 2) return 0;
  return (i * 7) % 11 === 3 ? 2 : k === 4 && i % 5 === 0 ? 9 : 0;
});

const imageOn = (on: Grid): DicomSegmentation['image'] => ({
  kind: 'volume',
  raster: rasterOfGrid(on),
  frames: null,
});

const segmentation: DicomSegmentation = {
  image: imageOn(grid),
  labelMap,
  labels: [
    {
      name: 'liver',
      prompt: 'liver in a CT',
      colour: '#c0392b',
      value: 2,
      term: { scheme: 'SCT', value: '10200004', meaning: 'Liver' },
    },
    {
      name: 'Läsion \\ 病変',
      prompt: 'liver lesion',
      colour: '#2ecc71',
      value: 9,
      term: { scheme: 'SCT', value: '300331000', meaning: 'Lesion of liver' },
    },
    { name: 'nothing', prompt: 'nothing', colour: '#ffffff', value: 4 },
  ],
  source: {
    shared: {
      PatientName: 'Müller^Jörg=山田^太郎',
      PatientID: 'ID-1',
      PatientBirthDate: '19501231',
      PatientSex: 'M',
      StudyInstanceUID: '1.2.3.4',
      StudyDate: '20260102',
      StudyTime: '030405',
      ReferringPhysicianName: '',
      StudyID: '7',
      AccessionNumber: 'A1',
      FrameOfReferenceUID: '1.2.3.4.5',
    },
    seriesInstanceUid: '1.2.3.4.6',
    seriesNumber: 3,
    instances: [0, 1, 2, 3, 4].map((k) => ({ sopClassUid: CT, sopInstanceUid: `1.2.3.9.${k}` })),
    images: [0, 1, 2, 3, 4].map((k) => ({ sopClassUid: CT, sopInstanceUid: `1.2.3.9.${k}` })),
  },
  algorithmOf: () => 'SEMIAUTOMATIC',
  remarkOf: () => '',
  description: '',
  application: { version: '0.1.0' },
  created: new Date('2026-03-04T05:06:07Z'),
  newUid: (
    (n) => () =>
      `2.25.${++n}`
  )(0),
};

async function written(type: 'BINARY' | 'LABELMAP', of = segmentation): Promise<string> {
  const { content, atMost } = await dicomSegmentation('x.dcm', of, type);
  const parts: Uint8Array[] = [];
  for await (const part of content()) parts.push(part);
  const path = join(folder, `${type}.dcm`);
  writeFileSync(path, Buffer.concat(parts));
  expect(readFileSync(path)).toHaveLength(atMost);
  return path;
}

interface Read {
  readonly pixels: number[][];
  readonly frames: { segment: number; position: number[]; from: string[] }[];
  readonly orientation: number[];
  readonly spacing: number[];
  readonly segments: Record<string, unknown>[];
  readonly shared: Record<string, string>;
  readonly pointers: string[];
  readonly instances: number;
  /** Whether images kept their places, where all frames were made of them together. */
  readonly derived: string[];
}

const READ = `
import sys, json, pydicom
d = pydicom.dcmread(sys.argv[1])
a = d.pixel_array
a = a.reshape((int(d.NumberOfFrames), -1))
frames = [{'segment': int(f.SegmentIdentificationSequence[0].ReferencedSegmentNumber) if 'SegmentIdentificationSequence' in f else 0,
  'position': [float(v) for v in f.PlanePositionSequence[0].ImagePositionPatient],
  'from': [str(s.ReferencedSOPInstanceUID) for i in f.get('DerivationImageSequence', []) for s in i.SourceImageSequence]} for f in d.PerFrameFunctionalGroupsSequence]
g = d.SharedFunctionalGroupsSequence[0]
code = lambda s: [s[0].CodingSchemeDesignator, s[0].CodeValue, s[0].CodeMeaning]
print(json.dumps({'pixels': a.tolist(), 'frames': frames,
  'orientation': [float(v) for v in g.PlaneOrientationSequence[0].ImageOrientationPatient],
  'spacing': [float(v) for v in g.PixelMeasuresSequence[0].PixelSpacing] + [float(g.PixelMeasuresSequence[0].SpacingBetweenSlices)],
  'segments': [{'number': int(s.SegmentNumber), 'label': str(s.SegmentLabel), 'type': code(s.SegmentedPropertyTypeCodeSequence), 'category': code(s.SegmentedPropertyCategoryCodeSequence)[2],
    'how': str(s.SegmentAlgorithmType), 'lab': [int(v) for v in s.RecommendedDisplayCIELabValue]} for s in d.SegmentSequence],
  'shared': {k: str(d.get(k)) for k in ['PatientName', 'PatientID', 'StudyInstanceUID', 'FrameOfReferenceUID', 'SOPClassUID', 'SegmentationType', 'ContentDate']},
  'pointers': [str(i.DimensionIndexPointer) for i in d.DimensionIndexSequence],
  'derived': [str(s.SpatialLocationsPreserved) for i in g.get('DerivationImageSequence', []) for s in i.SourceImageSequence],
  'instances': len(d.ReferencedSeriesSequence[0].ReferencedInstanceSequence)}))
`;

const positionOf = (k: number): number[] =>
  [3, 7, 11].map((i) => grid.affineLps[i]! + grid.affineLps[i - 1]! * k);
const near = (values: readonly number[]): unknown =>
  values.map((v) => expect.closeTo(v, 6) as number);

const noPydicom = missingPython('pydicom');
describe.skipIf(noPydicom)(`a DICOM segmentation, read by pydicom ${noPydicom ?? ''}`, () => {
  it('has every voxel at its place, a segment a label', async () => {
    const read = python<Read>(READ, await written('BINARY'));
    const wanted = [
      [1, 0],
      [1, 1],
      [1, 3],
      [1, 4],
      [2, 4],
    ] as const;
    expect(read.frames).toEqual(
      wanted.map(([segment, k]) => ({
        segment,
        position: near(positionOf(k)),
        from: [`1.2.3.9.${k}`],
      })),
    );
    wanted.forEach(([segment, k], n) => {
      const value = segmentation.labels[segment - 1]!.value;
      const slice = labelMap.subarray(k * 91, (k + 1) * 91);
      expect(read.pixels[n]).toEqual([...slice].map((v) => (v === value ? 1 : 0)));
    });
    const a = grid.affineLps;
    expect(read.orientation).toEqual(
      near([a[0]! / 0.7, a[4]! / 0.7, a[8]! / 0.7, a[1]! / 0.9, a[5]! / 0.9, a[9]! / 0.9]),
    );
    expect(read.spacing).toEqual(near([0.9, 0.7, 2.5]));
    expect(read.pointers).toEqual(['(0062, 000b)', '(0020, 0032)']);
    expect(read.instances).toBe(5);
    expect(read.shared).toEqual({
      PatientName: 'Müller^Jörg=山田^太郎',
      PatientID: 'ID-1',
      StudyInstanceUID: '1.2.3.4',
      FrameOfReferenceUID: '1.2.3.4.5',
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.66.4',
      SegmentationType: 'BINARY',
      ContentDate: '20260304',
    });
    expect(read.segments).toMatchObject([
      {
        number: 1,
        label: 'liver',
        type: ['SCT', '10200004', 'Liver'],
        category: 'Anatomical Structure',
        how: 'SEMIAUTOMATIC',
      },
      { number: 2, label: 'Läsion / 病変', category: 'Morphologically Abnormal Structure' },
      {
        number: 3,
        label: 'nothing',
        type: ['SCT', '85756007', 'Tissue'],
        lab: [expect.closeTo(65535, -1), expect.closeTo(32896, -2), expect.closeTo(32896, -2)],
      },
    ]);
  });

  it('has the labels’ own values as a label map', async () => {
    const read = python<Read>(READ, await written('LABELMAP'));
    const slices = [0, 1, 3, 4];
    expect(read.frames).toEqual(
      slices.map((k) => ({ segment: 0, position: near(positionOf(k)), from: [`1.2.3.9.${k}`] })),
    );
    slices.forEach((k, n) =>
      expect(read.pixels[n]).toEqual([...labelMap.subarray(k * 91, (k + 1) * 91)]),
    );
    expect(read.segments.map(({ number }) => number)).toEqual([2, 9, 4]);
    expect(read.shared['SOPClassUID']).toBe('1.2.840.10008.5.1.4.1.1.66.7');
  });

  it('of resampled slices refers to the series, and to no image of a place', async () => {
    const source = { ...segmentation.source, images: null };
    const read = python<Read>(
      READ,
      await written('BINARY', { ...segmentation, source, description: 'on a resampled grid' }),
    );
    expect(read.frames.every(({ from }) => from.length === 0)).toBe(true);
    expect(read.instances).toBe(5);
    expect(read.derived).toEqual(['NO', 'NO', 'NO', 'NO', 'NO']);
  });
});

const noJudge = missingCommand('dciodvfy', 'dicom3tools');
it.skipIf(noJudge)(`a DICOM segmentation is one to dciodvfy ${noJudge ?? ''}`, async () => {
  const resampled = {
    ...segmentation,
    source: { ...segmentation.source, images: null },
    description: 'on a resampled grid',
  };
  for (const one of [segmentation, resampled]) {
    const { stderr, stdout } = spawnSync('dciodvfy', [await written('BINARY', one)], {
      encoding: 'utf8',
    });
    const said = `${stdout}${stderr}`;
    expect(said.split('\n').filter((line) => line.startsWith('Error'))).toEqual([]);
    expect(said).toContain('Segmentation');
  }
});

it('bits follow each other without a gap, whatever the size of a frame', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 5 }),
      fc.infiniteStream(fc.boolean()),
      async (nx, ny, nz, bits) => {
        const map = Uint8Array.from({ length: nx * ny * nz }, () => (bits.next().value ? 2 : 0));
        const frames = Array.from({ length: nz }, (_, slice) => ({ slice, segment: 1 }));
        const one = {
          ...segmentation,
          image: imageOn({ ...grid, size: [nx, ny, nz] }),
          labelMap: map,
        };
        const out: number[] = [];
        for await (const bytes of bitPixels(one, frames)) out.push(...bytes);
        expect(out.length % 2).toBe(0);
        const read = [...map].map((_, i) => ((out[i >> 3]! >> (i & 7)) & 1) * 2);
        expect(read).toEqual([...map]);
      },
    ),
    { numRuns: 50 },
  );
});

it.skipIf(noPydicom)(
  `where nothing is labelled there is one empty frame ${noPydicom ?? ''}`,
  async () => {
    const empty = { ...segmentation, labelMap: new Uint8Array(VOXELS) };
    for (const type of ['BINARY', 'LABELMAP'] as const) {
      const read = python<Read>(READ, await written(type, empty));
      expect(read.pixels).toEqual([new Array(91).fill(0)]);
    }
  },
);
