import type { AnnotationResult, LabelledImage } from '../../src/main/export/index.ts';
import { rasterOf, type Channels, type FrameInfo } from '../../src/shared/image/index.ts';
import type { ReviewState } from '../../src/main/workspace/index.ts';
import { exampleAnnotation } from './annotation-example.ts';

/** A picture of a set: its labels are the digits of `rows`, blanks are pixels without one. */
export interface DrawnPicture {
  readonly key: string;
  readonly rows: readonly string[];
  readonly state?: ReviewState;
  /** mm of a pixel, [along a row, along a column]; pixels alone where it is left out. */
  readonly mm?: readonly [number, number];
}

export interface DrawnSet {
  readonly channels?: Channels;
  readonly kind?: LabelledImage['kind'];
  /** Names of the labels 1, 2 …; each has its name as prompt. */
  readonly labels?: readonly string[];
  /** Of pixels, as `values` of their places. */
  readonly value?: (place: {
    readonly frame: number;
    readonly x: number;
    readonly y: number;
    readonly channel: number;
  }) => number;
  readonly array?: Uint8ArrayConstructor | Uint16ArrayConstructor | Int16ArrayConstructor;
}

/** A set of pictures of several sizes with labels, as an export composes it of all that is painted. */
export function pictureSet(
  pictures: readonly DrawnPicture[],
  { channels = 1, kind = 'set', labels = ['lesion'], value, array = Uint8Array }: DrawnSet = {},
  changes: Partial<AnnotationResult> = {},
): AnnotationResult {
  const frames = pictures.map(({ key, rows, mm }): FrameInfo => ({
    key,
    size: [rows[0]!.length, rows.length],
    plane: null,
    spacing: mm ? { mm, of: 'detector' } : null,
    time: null,
  }));
  const raster = rasterOf(frames, null);
  const [nx, ny, nz] = raster.size;
  const labelMap = new Uint8Array(nx * ny * nz);
  const data = new array(labelMap.length * channels);
  pictures.forEach(({ rows }, frame) =>
    rows.forEach((row, y) =>
      [...row].forEach((digit, x) => {
        const at = x + nx * (y + ny * frame);
        labelMap[at] = Number(digit);
        for (let channel = 0; channel < channels; channel++)
          data[at * channels + channel] =
            value?.({ frame, x, y, channel }) ?? (frame * 50 + x * 7 + y * 3 + channel) % 256;
      }),
    ),
  );
  const states = pictures.map(({ state = 'accepted' }) => state);
  const where = (test: (state: ReviewState, k: number) => boolean): number[] =>
    states.flatMap((state, k) => (test(state, k) ? [k] : []));
  const isDecided = (state: ReviewState): boolean =>
    state === 'accepted' || state === 'corrected' || state === 'accepted-unseen';
  const holds = (k: number): boolean =>
    labelMap.subarray(k * nx * ny, (k + 1) * nx * ny).some((label) => label > 0);
  const countOf = (label: number, decided: boolean): number =>
    where((state) => isDecided(state) === decided).reduce(
      (sum, k) =>
        sum +
        labelMap.subarray(k * nx * ny, (k + 1) * nx * ny).filter((one) => one === label).length,
      0,
    );
  return exampleAnnotation({
    image: {
      kind,
      channels,
      inverted: false,
      warnings: [],
      resamplable: false,
      raster,
      data,
      frames,
    },
    acquisition: 'unknown',
    labels: labels.map((name, n) => ({
      name,
      prompt: `${name} in a picture`,
      colour: '#ff0000',
      value: n + 1,
    })),
    labelMap,
    review: { states, suggestions: [] },
    contents: {
      include: 'painted',
      decided: where(isDecided),
      acceptedUnseen: where((state) => state === 'accepted-unseen').map((slice) => ({
        slice,
        labels: labels.map((_, n) => n + 1),
      })),
      paintedUndecided: where((state, k) => !isDecided(state) && holds(k)),
      leftOut: [],
      suggested: [],
      suggestedWith: [],
      voxels: Object.fromEntries(
        labels.map((_, n) => [
          n + 1,
          {
            decided: countOf(n + 1, true),
            acceptedUnseen: 0,
            paintedUndecided: countOf(n + 1, false),
            suggested: 0,
          },
        ]),
      ),
      absent: {},
    },
    complete: states.map(isDecided),
    covered: states.map((state) => (isDecided(state) ? labels.map((_, n) => n + 1) : [])),
    window: { centre: 127.5, width: 255 },
    series: { modality: '', bodyPart: '', patient: null },
    ...changes,
  });
}
