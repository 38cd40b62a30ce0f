import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PUBLISHED_PREPROCESSING } from '../../src/main/engine/bundle/model-json.ts';
import { plainExample } from '../../src/main/engine/learn/examples.ts';
import { createPredictor } from '../../src/main/engine/predict.ts';
import {
  normalise,
  resizePicture,
  type Normalisation,
  type Picture,
  type Slice,
} from '../../src/main/engine/preprocess.ts';
import { describeShared } from '../support/shared-data.ts';
import { fakeModel, rules } from './fake-model.ts';

const python = '/usr/bin/python3';
const hasOpenCv = spawnSync(python, ['-c', 'import cv2']).status === 0;
const needs = hasOpenCv ? '' : ' (skipped: needs the Debian package python3-opencv)';

/**
 * What the published code does to a file: read in BGR order, resized, turned to RGB only where a
 * model wants that, scaled and normalised in that order. Grey is read as grey and repeated. `path`
 * null: noise of a size. Writes, for every job, rows and columns as read; the picture as read (grey,
 * or red, green, blue); the same resized; and the tensor [3, to rows, to columns].
 */
const PUBLISHED = `import sys, json, numpy, cv2
out = sys.stdout.buffer
random = numpy.random.default_rng(1)
for job in json.load(sys.stdin):
    channels, (to_rows, to_columns) = job['channels'], job['to']
    if job['path'] is None: read = random.integers(0, 256, job['size'] + ([3] if channels == 3 else []), numpy.uint8)
    else: read = cv2.imread(job['path'], cv2.IMREAD_COLOR if channels == 3 else cv2.IMREAD_GRAYSCALE)
    small = cv2.resize(read, (to_columns, to_rows), interpolation=cv2.INTER_LINEAR)
    bgr = small if channels == 3 else cv2.cvtColor(small, cv2.COLOR_GRAY2BGR)
    ordered = bgr if job['channelOrder'] == 'BGR' else cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
    tensor = ((ordered.astype(numpy.float64) / 255 - job['mean']) / job['std']).astype(numpy.float32)
    rgb = lambda a: cv2.cvtColor(a, cv2.COLOR_BGR2RGB) if channels == 3 else a
    for part in (numpy.array(read.shape[:2], numpy.int32), rgb(read), rgb(small), tensor.transpose(2, 0, 1)):
        out.write(numpy.ascontiguousarray(part).tobytes())`;

interface Job extends Normalisation {
  readonly path: string | null;
  /** Rows and columns of noise. */
  readonly size: readonly [number, number] | null;
  readonly channels: 1 | 3;
  /** Rows and columns. */
  readonly to: readonly [number, number];
}

interface Published {
  readonly job: Job;
  readonly picture: Picture;
  readonly resized: Uint8Array;
  readonly tensor: Float32Array;
}

/** One process for all: loading OpenCV takes longer than the work. */
function published(jobs: readonly Job[]): Published[] {
  if (!hasOpenCv) return [];
  const bytes = execFileSync(python, ['-c', PUBLISHED], {
    input: JSON.stringify(jobs),
    maxBuffer: 1 << 28,
  });
  let at = 0;
  const take = (count: number): Uint8Array<ArrayBuffer> =>
    Uint8Array.from(bytes.subarray(at, (at += count)));
  return jobs.map((job) => {
    const { channels, to } = job;
    const [rows, columns] = new Int32Array(take(8).buffer) as unknown as [number, number];
    const pixels = to[0] * to[1];
    return {
      job,
      picture: { channels, rows, columns, values: take(rows * columns * channels) },
      resized: take(pixels * channels),
      tensor: new Float32Array(take(4 * 3 * pixels).buffer),
    };
  });
}

/** Jobs with what OpenCV makes of them; without it the tests are listed all the same, as skipped. */
const withResults = (jobs: readonly Job[], results: readonly Published[]) =>
  jobs.map((job, i) => ({ ...job, name: basename(job.path ?? 'noise'), one: results[i] }));

const equal = (ours: Uint8Array | Float32Array, theirs: Uint8Array | Float32Array): boolean =>
  Buffer.from(ours.buffer, ours.byteOffset, ours.byteLength).equals(
    Buffer.from(theirs.buffer, theirs.byteOffset, theirs.byteLength),
  );

/** [rows, columns, to rows, to columns] */
const sizes: readonly (readonly [number, number, number, number])[] = [
  [51, 35, 224, 224],
  [512, 512, 224, 224],
  [448, 448, 224, 224],
  [224, 224, 224, 224],
  [100, 300, 224, 224],
  [1, 1, 32, 32],
  [2, 3, 64, 64],
  [333, 257, 96, 96],
  [640, 400, 160, 160],
];

describe(`resizing against OpenCV${needs}`, () => {
  const jobs = sizes.flatMap(([rows, columns, ...to]): Job[] =>
    ([1, 3] as const).map((channels) => ({
      ...PUBLISHED_PREPROCESSING,
      ...{ path: null, size: [rows, columns], channels, to },
    })),
  );
  it.skipIf(!hasOpenCv).each(withResults(jobs, published(jobs)))(
    '$size → $to with $channels channels is equal in every value',
    ({ to, one }) => {
      expect(equal(resizePicture(one!.picture, ...to).values, one!.resized)).toBe(true);
    },
  );
});

/** What the model is given when a slice is predicted. */
async function tensorOfPrediction(
  slice: Slice,
  size: number,
  normalisation: Normalisation,
): Promise<Float32Array> {
  const model = fakeModel({ size });
  const given: Float32Array[] = [];
  const watched: typeof model = {
    ...model,
    encodeImage(image) {
      given.push(image);
      return model.encodeImage(image);
    },
  };
  const predictor = createPredictor({ ...rules, ...normalisation, model: watched });
  await predictor.predict(
    {
      ...{ id: 'a', slice, prompts: ['polyp'], samples: 0, seed: 0, sliceKey: 'a', tolerance: 0 },
      ...{ priority: 0, preview: false },
    },
    () => undefined,
  );
  expect(given.length).toBe(1);
  return given[0]!;
}

/** Values of 8 bit pass through this window unchanged. */
const sliceOf = ({ channels, rows, columns, values: pixels }: Picture): Slice =>
  channels === 3
    ? { channels, rows, columns, pixels }
    : { channels, rows, columns, pixels, window: { centre: 128, width: 256 } };

describeShared(`the tensor of a picture against OpenCV${needs}`, ['data', 'pictures'], (folder) => {
  const SIDE = 224;
  const some = (set: string, count: number): string[] => {
    const images = join(folder, set, 'Val_Folder', 'img');
    return readdirSync(images)
      .sort()
      .slice(0, count)
      .map((name) => join(images, name));
  };
  const jobs = [...some('BUSI', 3), ...some('Kvasir-SEG', 3)].flatMap((path) =>
    (['BGR', 'RGB'] as const).flatMap((channelOrder) =>
      ([1, 3] as const).map((channels): Job => ({
        ...PUBLISHED_PREPROCESSING,
        ...{ channelOrder, path, size: null, channels, to: [SIDE, SIDE] },
      })),
    ),
  );
  const results = published(jobs);

  it.skipIf(!hasOpenCv).each(withResults(jobs, results))(
    '$name, $channels channels, $channelOrder: equal to the last bit',
    async ({ one }) => {
      const { job, picture, tensor } = one!;
      const slice = sliceOf(picture);
      expect(equal(await tensorOfPrediction(slice, SIDE, job), tensor)).toBe(true);
      const mask = new Uint8Array(picture.rows * picture.columns);
      const example = plainExample({ slice, targets: [{ prompt: 'polyp', mask }] }, SIDE);
      expect(equal(normalise(example.picture, job), tensor)).toBe(true);
    },
  );

  it.skipIf(!hasOpenCv)('colour differs between the two orders, grey does not', () => {
    const tensors = (channels: 1 | 3): Float32Array[] =>
      results
        .filter(({ job }) => job.path === jobs.at(-1)!.path && job.channels === channels)
        .map(({ tensor }) => tensor);
    expect(equal(tensors(3)[0]!, tensors(3)[1]!)).toBe(false);
    expect(equal(tensors(1)[0]!, tensors(1)[1]!)).toBe(true);
  });
});
