import { thumbnailPng } from '../../../src/main/export/preview/thumbnail.ts';
import { ABDOMEN_LABELS } from '../../../src/main/phantom/abdomen.ts';
import { phantomVolume } from '../../../src/main/phantom/volume.ts';
import type { Source } from '../../../src/renderer/stores/sources-store.ts';
import type { VolumeInfo } from '../../../src/renderer/stores/volume-store.ts';
import { sliceAlong } from '../../../src/shared/geometry/index.ts';
import { spacingOf } from '../../../src/shared/volume.ts';

type Stack = Source['stacks'][number];

const LONG =
  'CT ABDOMEN+PELVIS W CONTRAST PORTAL VENOUS 1.25 MM AXIAL RECON BR40 ITERATIVE STRENGTH 3';

/** A drawn patient with a series that can be opened, and others as they occur. */
export interface FakeStudy {
  readonly source: Source;
  readonly info: VolumeInfo;
  readonly voxels: Uint8Array;
  /** Of a slice, where a label of the phantom truly is. */
  readonly truth: (value: number, index: number) => Uint8Array;
  readonly thumbnail: Promise<Uint8Array>;
}

/** Drawing takes seconds: each is drawn once. */
const drawn = new Map<string, ReturnType<typeof phantomVolume>>();
function phantom(slices: number, size: number): ReturnType<typeof phantomVolume> {
  const key = `${slices}/${size}`;
  const found = drawn.get(key) ?? phantomVolume({ seed: 1_000_003, slices, size });
  drawn.set(key, found);
  return found;
}

export function createStudy({ size = 192, slices = 96, long = false } = {}): FakeStudy {
  const { image, labels } = phantom(slices, size);
  const stack = (id: string, change: Partial<Stack>): Stack => ({
    id,
    seriesInstanceUid: `1.2.3.4.5.${id}`,
    kind: 'volume',
    modality: 'CT',
    seriesNumber: 4,
    description: 'Portal venous 1.25',
    distinction: '',
    bodyPart: 'ABDOMEN',
    studyDescription: 'CT abdomen',
    studyDate: '20260304',
    patientName: 'Doe^Jane^Q',
    patientId: 'P-0001',
    images: slices,
    columns: size,
    rows: size,
    warnings: [],
    ...change,
    channels: 1,
    resamplable: false,
    isDicom: true,
  });
  const main = stack('main', {
    ...(long && { description: LONG }),
    warnings: [
      {
        kind: 'gap',
        text: '2 slices are missing between 131.0 and 134.8 mm along the normal',
        severity: 'warning',
      },
      {
        kind: 'oblique',
        text: 'the slices are turned by 3.2° against the axes of the patient',
        severity: 'info',
      },
    ],
  });
  const others = [
    stack('scout', {
      seriesNumber: 1,
      description: 'Scout',
      images: 2,
      warnings: [],
    }),
    stack('arterial', {
      seriesNumber: 3,
      description: long ? `${LONG} ARTERIAL` : 'Arterial 2.5',
      distinction: 'echo 1',
      images: 58,
      warnings: [
        { severity: 'warning', kind: 'gantry-tilt', text: 'the gantry was tilted by 18.5°' },
      ],
    }),
    ...Array.from({ length: long ? 36 : 0 }, (_, n) =>
      stack(`further-${n}`, {
        seriesNumber: 5 + n,
        description: `${LONG} ${n + 1}`,
        images: 40 + n,
        warnings: [],
        ...(n >= 18 && { studyDate: '20250911', studyDescription: 'CT chest, follow-up' }),
      }),
    ),
  ];
  const { grid, data } = image;
  const pixels = size * size;
  return {
    source: {
      id: 'source-1',
      paths: ['/data/ct/abdomen'],
      stacks: [...others.slice(0, 1), main, ...others.slice(1)],
      loaded: slices + 60,
      skipped: 2,
      failed: 1,
      problems: [
        {
          path: '/data/ct/abdomen/DICOMDIR',
          status: 'skipped',
          reason: 'a directory of the medium, not an image',
        },
        {
          path: '/data/ct/abdomen/report.pdf',
          status: 'skipped',
          reason: 'not an image file that can be read',
        },
        {
          path: '/data/ct/abdomen/series-0003/IM000047.dcm',
          status: 'failed',
          reason: 'the pixels are cut off: 131072 of 524288 bytes are there',
        },
      ],
    },
    info: {
      stack: main,
      size: [size, size, slices],
      affineLps: [...grid.affineLps],
      spacing: [...spacingOf(grid)],
      measured: 'patient',
      isGrid: true,
      frameSizes: null,
      names: null,
      times: null,
      inverted: false,
      voxelType: 'int16',
      range: [-1024, 1400],
      window: { centre: 40, width: 400 },
      presets: [{ name: 'abdomen', centre: 40, width: 400 }],
      unit: 'HU',
      resampled: null,
    },
    voxels: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    truth: (value, index) => {
      const own = labels.data.subarray(index * pixels, (index + 1) * pixels);
      // A lesion lies within the liver.
      const inside = (v: number): boolean =>
        v === value || (value === ABDOMEN_LABELS.liver && v === ABDOMEN_LABELS.lesion);
      return Uint8Array.from(own, (v) => (inside(v) ? 1 : 0));
    },
    thumbnail: thumbnailPng(
      { ...sliceAlong(data, grid.size, 2, slices >> 1), channels: 1, inverted: false },
      [1, 1],
      { centre: 40, width: 400 },
      96,
    ),
  };
}
