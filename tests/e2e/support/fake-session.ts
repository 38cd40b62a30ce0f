import { nextColour } from '../../../src/shared/label-colours.ts';
import { stepNames } from '../../../src/shared/step-names.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from '../../../src/main/services/session/session.ts';
import { ABDOMEN_LABELS } from '../../../src/main/phantom/abdomen.ts';
import type { CallOutput, EventData, StreamOutput } from '../../../src/shared/contract/index.ts';
import { thumbnailPath, volumePath } from '../../../src/shared/contract/resources.ts';
import { MarginaliaError } from '../../../src/shared/errors.ts';
import { encodeRuns } from '../../../src/shared/labelmap/rle.ts';
import { createAnnotation, type ReviewState } from './fake-annotation.ts';
import { fakeCounts } from './fake-counts.ts';
import { fakeLibrary, type FakeLibraryOptions } from './fake-library.ts';
import { fakeMaps, type FakeMaps } from './fake-maps.ts';
import { fakeModels } from './fake-models.ts';
import { handedOver } from '../../support/outwards.ts';
import { createStudy } from './fake-study.ts';

export interface FakeOptions {
  readonly recents?: CallOutput<'recents.list'>;
  /** Labels by name, each with the phantom's value that it stands for. */
  readonly labels?: readonly (readonly [name: string, value: number, colour: string])[];
  /** Slices decided already, in each state from a slice on. */
  readonly decided?: boolean;
  readonly longNames?: boolean;
  readonly openFails?: boolean;
  /** None of the series is a volume. */
  /** Columns and rows, and slices, of the drawn patient. */
  readonly size?: number;
  readonly slices?: number;
  /** ms that each piece of work takes. */
  readonly pace?: number;
  readonly settings?: Partial<CallOutput<'settings.get'>>;
  readonly library?: Omit<FakeLibraryOptions, 'pace'>;
}

const ABDOMEN = [
  ['liver', ABDOMEN_LABELS.liver, '#ee6a5f'],
  ['spleen', ABDOMEN_LABELS.spleen, '#4da3e8'],
] as const;

/**
 * The contract, answered from memory: a drawn study, labels and decisions, suggestions made of the
 * truth. For pictures and tests of the page alone; `say` lets it announce an event.
 */
export function createFakeSession(
  options: FakeOptions = {},
): Session & { readonly notice: (data: EventData<'notice'>) => void } {
  const { pace = 5, labels: wanted = ABDOMEN } = options;
  const study = createStudy({
    long: options.longNames ?? false,
    size: options.size ?? 192,
    slices: options.slices ?? 96,
  });
  const { info } = study;
  const [columns, rows, slices] = info.size;
  const pixels = columns * rows;
  const annotation = createAnnotation(slices, pixels);
  const models = fakeModels();
  const library = fakeLibrary({ pace, ...options.library });
  const maps = new Map<string, FakeMaps & { score: number }>();
  const listeners = new Set<Parameters<Session['onEvent']>[0]>();
  const values = new Map<string, number>();
  let sources: CallOutput<'sources.list'> = [];
  let recents = options.recents ?? [];
  let settings: CallOutput<'settings.get'> = {
    device: 'auto',
    samples: 20,
    threads: 0,
    tolerance: 0.01,
    seed: 0,
    learningSteps: 120,
    model: 'compact',
    mirror: 'https://huggingface.co',
    theme: 'dark',
    hidePatient: false,
    annotateFirst: false,
    calibrate: true,
    propagate: true,
    learnUnseen: false,
    planes: 'model',
    keys: {},
    presets: {},
    prompts: [],
    panels: { left: null, right: null, strip: null, folded: [] },
    ...options.settings,
  };
  for (const [name, value, colour] of wanted) {
    const prompt = `${name} in a contrast-enhanced abdominal CT`;
    const term = name === 'liver' ? { scheme: 'SCT', value: '10200004', meaning: 'Liver' } : null;
    values.set(
      annotation.addLabel({ name, colour, prompt, visible: true, locked: name === 'spleen', term })
        .id,
      value,
    );
  }
  /** The waves of doubt along the series. */
  const doubtAt = (k: number): number => {
    const x = k / slices;
    return Math.min(
      1,
      0.15 +
        0.85 * Math.exp(-(((x - 0.56) / 0.09) ** 2)) +
        0.5 * Math.exp(-(((x - 0.8) / 0.05) ** 2)) +
        0.06 * Math.sin(k * 2.1),
    );
  };
  const truthOf = (label: string, k: number): Uint8Array => study.truth(values.get(label) ?? 0, k);
  if (options.decided) {
    const state = (k: number): ReviewState => {
      if (k < slices * 0.28) return 'accepted';
      if (k > slices * 0.92) return 'rejected';
      return k % 11 === 3 ? 'corrected' : 'unseen';
    };
    const states = Array.from({ length: slices }, (_, k) => state(k));
    const drawn = new Map<number, Uint8Array>();
    states.forEach((own, k) => {
      if (own !== 'accepted' && own !== 'corrected') return;
      const map = new Uint8Array(pixels);
      for (const label of annotation.labels())
        truthOf(label.id, k).forEach((is, at) => is && (map[at] = label.value));
      drawn.set(k, encodeRuns(map));
    });
    annotation.begin(states, drawn);
  }
  const count = (onCounted: (counts: StreamOutput<'export.count'>) => void) =>
    fakeCounts(
      annotation.get(),
      annotation.voxels(),
      info,
      (label, index) => maps.get(`${index}/${label}`)?.probability,
      onCounted,
    );
  const progress = (text: string, n: number, of: number) =>
    ({ kind: 'progress', text, done: n / of, secondsLeft: ((of - n) * pace) / 1000 }) as const;

  const session: Session = {
    calls: {
      ...models.calls,
      ...library.calls,
      'app.about': () => ({
        version: '0.1.0',
        node: '20.20.2',
        onnxruntime: '1.30.0',
        electron: null,
        platform: 'linux x64',
        host: 'web',
        notice: 'For research use only. Not a medical device.',
      }),
      'app.doctor': () => ({ report: 'All is well.' }),
      'settings.get': () => settings,
      'settings.change': (change) => (settings = { ...settings, ...(change as typeof settings) }),
      'recents.list': () => recents,
      'recents.forget': ({ paths }) => {
        recents = recents.filter((recent) => recent.paths.join() !== paths.join());
        return {};
      },
      'menu.show': () => ({}),
      'paths.choose': () => null,
      'paths.list': ({ path }) => ({
        path: path ?? null,
        parent: null,
        entries: ['CT abdomen 2026-03', 'MR knee', 'archive']
          .map((name) => ({ name, path: `${path ?? ''}/${name}`, kind: 'folder' as const }))
          .concat([{ name: 'study.zip', path: `${path ?? ''}/study.zip`, kind: 'file' as never }]),
      }),
      'sources.list': () => sources,
      'drops.find': () => null,
      'sources.close': ({ source }) => {
        sources = sources.filter(({ id }) => id !== source);
        return {};
      },
      'annotation.get': annotation.get,
      'annotation.voxels': annotation.voxels,
      'labels.create'({ name, prompt = '', colour: wanted }) {
        const colour = wanted ?? nextColour(annotation.labels().map((label) => label.colour));
        const rest = { prompt, visible: true, locked: false, term: null };
        return annotation.addLabel({ name, colour, ...rest });
      },
      'labels.change': ({ label, change }) => annotation.changeLabel(label, change as never),
      'labels.remove': ({ label }) => annotation.removeLabel(label),
      'labels.proposePrompt': ({ name }) => ({
        prompt: `${name} in a contrast-enhanced abdominal CT`,
      }),
      'labels.interpolate': () => annotation.edit('Interpolate “label”', [], []),
      'edits.apply': ({ name, slices: changes, review = [] }) =>
        annotation.edit(name, changes, review),
      'edits.undo': annotation.undo,
      'edits.redo': annotation.redo,
      'review.set': ({ slices: states }) => annotation.edit(stepNames.review(states), [], states),
      'review.settle': ({ slice }) => annotation.settle(slice),
      'suggestions.list': () =>
        [...maps].map(([key, { score, doubt }]) => {
          const [index, label] = key.split('/') as [string, string];
          return {
            label,
            index: Number(index),
            samplesUsed: settings.samples,
            score,
            doubt,
            evidence: null,
            planes: ['acquired' as const],
          };
        }),
      'suggestions.get': ({ label, index }) => {
        const found = maps.get(`${index}/${label}`);
        return found
          ? {
              samplesUsed: settings.samples,
              evidence: null,
              planes: ['acquired' as const],
              ...found,
            }
          : null;
      },
      'suggestions.clear': () => (maps.clear(), {}),
      'queue.next': ({ count }) =>
        [...Array(slices).keys()]
          .map((index) => ({
            index,
            own: annotation
              .labels()
              .flatMap(({ id }) =>
                maps.has(`${index}/${id}`) ? [{ label: id, ...maps.get(`${index}/${id}`)! }] : [],
              ),
          }))
          .filter(({ index, own }) => own.length > 0 && annotation.review()[index] === 'unseen')
          .map(({ index, own }) => ({
            index,
            why: 'doubtful' as const,
            score: own.reduce((sum, { score }) => sum + score, 0),
            regions: own.map(({ label, total }) => {
              const peak = total.indexOf(Math.max(...total));
              const at: [number, number] = [peak % columns, Math.floor(peak / columns)];
              return { label, index, peak: at, centroid: at, areaMm2: 40, mass: 9 };
            }),
          }))
          .sort((a, b) => b.score - a.score)
          .slice(0, count),
    },
    streams: {
      'sources.open': async ({ paths }, { emit, signal }) => {
        for (let n = 0; n < 40; n++) {
          emit(progress(`Reading headers: ${n * 12} of 480 files`, n, 40));
          await sleep(pace, undefined, { signal });
        }
        if (options.openFails)
          throw new MarginaliaError(
            'no-dicom-found',
            `There is no image file that can be read in ${paths[0]} (480 files looked at).`,
            'Give the folder, files or zip of a DICOM series, or NIfTI, NRRD or MetaImage files.',
          );
        sources = [{ ...study.source, paths: [...paths] }];
        return sources[0]!;
      },
      'sources.drop': async () => (sources = [study.source])[0]!,
      'sources.demo': async () => (sources = [study.source])[0]!,
      'volumes.open': async ({ stack }) => {
        if (stack === 'arterial')
          throw new MarginaliaError(
            'unreadable-path',
            '/data/ct/abdomen/series-0003/IM000012.dcm cannot be read any more (EIO).',
            'See whether its drive is there; then try again.',
          );
        return info;
      },
      'suggestions.run': async (
        { labels, slices: [first, last], focus },
        { emit, signal, ready },
      ) => {
        const order = Array.from({ length: last - first + 1 }, (_, n) => first + n).sort(
          (a, b) => Math.abs(a - focus) - Math.abs(b - focus),
        );
        for (const [n, index] of order.entries()) {
          emit(progress(`Slice ${index + 1}: ${n} of ${order.length} done`, n, order.length));
          for (const label of labels) {
            const made = fakeMaps(truthOf(label, index), columns, rows, doubtAt(index));
            const kept = { ...made, score: made.doubt * 1.7 };
            maps.set(`${index}/${label}`, kept);
            emit({
              kind: 'slice',
              label,
              index,
              samplesUsed: settings.samples,
              final: true,
              evidence: null,
              planes: ['acquired' as const],
              ...kept,
            });
          }
          await sleep(pace, undefined, { signal });
          await ready();
        }
        return { slices: order.length };
      },
      'learning.run': models.learn(pace),
      ...library.streams,
      'export.run': async ({ folder }) => ({
        folder,
        files: ['labels.nii.gz', 'labels.json'],
        contents: await count(() => undefined),
        nnunet: null,
      }),
      'export.count': (_, { emit }) => count((counts) => emit({ kind: 'counted', counts })),
    },
    async fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname.startsWith(volumePath('')))
        return new Response(handedOver(study.voxels, slices));
      if (pathname === thumbnailPath('scout')) return new Response(null, { status: 404 });
      return new Response(Uint8Array.from(await study.thumbnail), {
        headers: { 'Content-Type': 'image/png' },
      });
    },
    onEvent: (listener) => (listeners.add(listener), () => listeners.delete(listener)),
    close: async () => undefined,
  };
  return {
    ...session,
    notice: (data) => listeners.forEach((listener) => listener({ name: 'notice', data })),
  };
}
