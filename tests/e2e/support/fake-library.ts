import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from '../../../src/main/services/session/session.ts';
import type { CallOutput } from '../../../src/shared/contract/index.ts';
import { MarginaliaError } from '../../../src/shared/errors.ts';

export type FakeModel = CallOutput<'library.list'>['models'][number];

const FAMILY = 'c5331754e3ed'.padEnd(64, '0');

export const SHIPPED_MODEL: FakeModel = {
  id: 'default',
  name: 'default',
  shipped: true,
  isDefault: true,
  untrained: false,
  version: '1',
  description:
    'Compact MedCLIPSeg: hippocampus in brain MR, organs and lesions in CT-like phantoms.',
  hash: '4d2497b6e4de'.padEnd(64, '0'),
  family: FAMILY,
  bytes: 10_600_000,
  shared: 0,
  problem: null,
};

/** A published checkpoint as it lies in a library with others of its backbone. */
export const publishedModel = (name: string, change: Partial<FakeModel> = {}): FakeModel => ({
  ...SHIPPED_MODEL,
  id: name,
  name,
  shipped: false,
  isDefault: false,
  description: `Imported from ${name}.pth.`,
  hash: Buffer.from(name).toString('hex').padEnd(64, '0').slice(0, 64),
  bytes: 861_000_000,
  shared: 784_000_000,
  ...change,
});

export interface FakeLibraryOptions {
  readonly models?: readonly FakeModel[];
  /** An import goes on until it is cancelled. */
  readonly importStops?: boolean;
  /** An import fails after some progress. */
  readonly importFails?: boolean;
  /** ms that each piece of work takes. */
  readonly pace: number;
}

type Calls = Extract<keyof Session['calls'], `library.${string}`>;
type Streams = Extract<keyof Session['streams'], `library.${string}`>;

const published = (
  set: string,
  title: string,
  percent: number,
): CallOutput<'library.published'>['files'][number] => ({
  id: percent === 100 ? set : `${set}-${percent}`,
  title,
  set,
  percent,
  trainedOn: `${set}: ${percent} % of its training part`,
  promptStyle:
    'They say how many there are, their size, shape and place, and that there is none: “One small circle-shaped malignant tumor at the top in the breast ultrasound image.”, “No tumor in the breast ultrasound image.” Few or contradictory words cost accuracy.',
  bytes: 1_008_000_000,
});
const FILES = [
  ['BUSI', 'Breast ultrasound'],
  ['Kvasir', 'Polyps in colonoscopy'],
].flatMap(([set, title]) => [100, 50, 25, 10].map((n) => published(set!, title!, n)));

/** A library in memory. */
export function fakeLibrary({
  models: first = [SHIPPED_MODEL],
  importFails,
  importStops,
  pace,
}: FakeLibraryOptions): {
  readonly calls: Pick<Session['calls'], Calls>;
  readonly streams: Pick<Session['streams'], Streams>;
} {
  let models = [...first];
  const list = (): CallOutput<'library.list'> => ({
    folder: '/home/ada/.local/share/marginalia/models',
    models,
  });
  const find = (id: string): FakeModel => {
    const found = models.find((model) => model.id === id);
    if (found) return found;
    throw new MarginaliaError('unknown-model', `There is no model called ${id}.`);
  };
  return {
    calls: {
      'library.list': list,
      'library.card': ({ model }) => ({
        ...find(model),
        folder: `/home/ada/.local/share/marginalia/models/${model}`,
        licence: 'weights: CC BY-SA 4.0 (trained in part on the Medical Segmentation Decathlon)',
        prompts: [
          { label: 'hippocampus', prompt: 'hippocampus in a brain MR', modality: 'MR' },
          { label: 'liver', prompt: 'liver in an abdominal CT', modality: 'CT' },
        ],
        variants: [{ precision: 'fp32', bytes: find(model).bytes }],
        sharesWith: models.filter((one) => one.shared > 0 && one.id !== model).map(({ id }) => id),
        text: '# A model\n\nResearch use only. Not a medical device.\n',
        measured: null,
      }),
      'library.setDefault': ({ model }) => {
        models = models.map((one) => ({ ...one, isDefault: one.id === model }));
        return list();
      },
      'library.published': () => ({ mirror: 'https://huggingface.co', files: FILES }),
      'library.offer': ({ file }) => ({
        file: FILES.find(({ id }) => id === file)!,
        address: `https://huggingface.co/TahaKoleilat/MedCLIPSeg/resolve/main/${file}.pth`,
        bytes: 1_008_211_456,
        sha256: '3f9a0c5b7712'.padEnd(64, '0'),
        licence: 'apache-2.0',
        free: 80_000_000_000,
      }),
      'library.remove': ({ model }) => {
        models = models.filter(({ id }) => id !== model);
        return list();
      },
    },
    streams: {
      'library.import': async ({ name }, { emit, signal }) => {
        for (let n = 0; n < 20; n++) {
          const text = 'Reading the checkpoint';
          emit({ kind: 'progress', text, done: n / 20, secondsLeft: null });
          await sleep(importStops && n === 12 ? 2 ** 30 : pace, undefined, { signal });
          if (importFails && n === 10)
            throw new MarginaliaError(
              'no-space',
              `/home/ada/.local/share/marginalia/models/${name}, which takes 861 MB, cannot be written: there is no space left. Nothing was written.`,
              'Make room on that disk, or write to another one.',
            );
        }
        models = [...models, publishedModel(name)];
        return { model: name, shared: 784_000_000 };
      },
      'library.download': async ({ name }, { emit, signal }) => {
        for (let n = 0; n < 40; n++) {
          const text = `Downloading ${n * 25} of 1008 MB`;
          emit({ kind: 'progress', text, done: n / 40, secondsLeft: null });
          await sleep(pace, undefined, { signal });
        }
        models = [...models, publishedModel(name)];
        return { model: name, shared: 784_000_000, file: null };
      },
      'library.measure': async (_, { emit, signal }) => {
        emit({ kind: 'progress', text: 'Loading the model', done: null, secondsLeft: null });
        await sleep(pace, undefined, { signal });
        return {
          device: 'cpu',
          when: '2026-11-30T12:00:00.000Z',
          firstMaskSeconds: 0.53,
          pictureSeconds: 9.8,
          samples: 30,
          memoryBytes: 1_900_000_000,
        };
      },
    },
  };
}
