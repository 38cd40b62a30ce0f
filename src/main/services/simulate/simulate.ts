import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  applyTemperature,
  expectedCalibrationError,
  reliability,
} from '../../../shared/calibration/index.ts';
import { combineScores, scoreSlice, type SlicePlane } from '../../../shared/ranking/index.ts';
import { openBundle, type Bundle } from '../../engine/bundle/bundle.ts';
import type { Lineage } from '../../engine/bundle/lineage.ts';
import type { LearningSettings } from '../../engine/learn/types.ts';
import type { PredictionFrame } from '../../engine/predict/types.ts';
import {
  rolesInMemory,
  type DecidedSlice,
  predictionsOf,
  learnVersion,
  predictSlices,
} from '../learn/index.ts';
import type { JobEngine } from '../engine/index.ts';
import { interpolateSlices } from '../annotate/index.ts';
import { propagate } from './propagate.ts';
import { compare, masksOf, wholeMask, type Agreement } from './agreement.ts';
import { labelTargets, type SimulatedImage } from './simulated-image.ts';
import { casesOf, type SimulationCase, type SimulationSource } from './sources.ts';
import { nextSlices, type Strategy } from '../suggest/index.ts';

export interface SimulateOptions {
  readonly bundle: Bundle;
  readonly source: SimulationSource;
  /** After how many annotated slices the model learns and suggests anew, ascending. */
  readonly rounds: readonly number[];
  readonly strategy: Strategy;
  readonly learns: boolean;
  /** Whether the shapes in annotated slices join what the model says (shared/propagation). */
  readonly propagates: boolean;
  readonly samples: number;
  readonly settings: LearningSettings;
  /** Only the first so many volumes. */
  readonly limit?: number;
  readonly application: { readonly version: string };
  readonly signal?: AbortSignal;
  readonly onProgress?: (text: string) => void;
}

/** One label of a case after a round; slices that are annotated count for nothing in Dice. */
export interface SimulatedScore extends Agreement {
  readonly label: string;
  /** Voxels that were changed in the suggestions of the annotated slices. */
  readonly changed: number;
  /** Voxels that are painted in the annotated slices. */
  readonly painted: number;
  /** Of all slices: what painting everything by hand takes. */
  readonly byHand: number;
}

export interface SimulatedRound {
  /** Annotated so far. */
  readonly slices: number;
  /** Indices of slices (of volumes axial ones) in the order in which they were annotated. */
  readonly annotated: readonly number[];
  /** Whether what was learned in this round was kept; null where nothing was to be learned. */
  readonly kept: boolean | null;
  /** Of the model in the remaining slices, all labels: expected calibration error, also with the fitted temperature. */
  readonly calibrationError: number;
  readonly calibratedError: number | null;
  readonly scores: readonly SimulatedScore[];
}

export interface SimulatedCase {
  readonly case: string;
  readonly rounds: readonly SimulatedRound[];
}

/** 4, 8, 16, … slices and the budget. */
export function roundsOf(budget: number): number[] {
  const rounds: number[] = [];
  for (let n = 4; n < budget; n *= 2) rounds.push(n);
  return [...rounds, budget];
}

/**
 * An annotator without a person: case by case, the truth of the slices that the strategy chooses is
 * revealed, the model learns from it, and suggests the rest again. Every case begins with the
 * bundle as it is.
 * @throws MarginaliaError as `casesOf`, `SimulationCase.read`, `learnVersion`.
 */
export async function simulate(
  engine: JobEngine,
  options: SimulateOptions,
): Promise<SimulatedCase[]> {
  const cases = casesOf(options.source, options.bundle).slice(0, options.limit);
  const simulated: SimulatedCase[] = [];
  for (const [n, one] of cases.entries()) {
    const say = (text: string): void =>
      options.onProgress?.(`case ${n + 1} of ${cases.length}: ${text}`);
    simulated.push(await simulateCase(engine, one, options, say));
  }
  return simulated;
}

async function simulateCase(
  engine: JobEngine,
  { name, read }: SimulationCase,
  options: SimulateOptions,
  say: (text: string) => void,
): Promise<SimulatedCase> {
  const { strategy, samples, signal } = options;
  const seed = options.settings.seed;
  const image = await read(signal);
  const { slices: all, labels, positions } = image;

  const folder = await mkdtemp(join(tmpdir(), 'marginalia-simulation-'));
  const annotated: number[] = [];
  const rounds: SimulatedRound[] = [];
  const changed = labels.map(() => 0);
  let bundle = options.bundle;
  let lineage: Lineage | null = bundle.version?.lineage ?? null;
  const raw = new Map<number, PredictionFrame>();
  let frames = new Map<number, PredictionFrame>();

  const roles = rolesInMemory();
  const heldBack = (): Set<string> =>
    new Set(
      roles
        .list()
        .filter(({ role }) => role === 'validation')
        .map(({ name }) => name),
    );

  const openSlices = (): number[] => all.map((_, k) => k).filter((k) => !annotated.includes(k));
  const suggest = async (): Promise<void> => {
    // Slices that the model has not learned from tell how far it is to be trusted. What it said
    // holds until it learns.
    const unseen = options.learns
      ? annotated.filter((k) => heldBack().has(all[k]!.name))
      : annotated;
    const wanted = [...openSlices(), ...(options.propagates && positions ? unseen : [])];
    const asked = wanted.filter((k) => !raw.has(k));
    let done = 0;
    const predicted = await predictSlices(
      engine.predict,
      asked.map((k) => all[k]!),
      {
        samples,
        seed,
        ...(signal && { signal }),
        onSlice: () =>
          say(`${annotated.length} annotated, suggesting ${++done} of ${asked.length}`),
      },
    );
    asked.forEach((k, n) => raw.set(k, predicted[n]!));
    const shown = options.propagates && positions ? propagate(all, annotated, raw, positions) : raw;
    frames = new Map(openSlices().map((k) => [k, shown.get(k)!]));
  };
  const report = async (kept: boolean | null): Promise<void> => {
    const interpolated = await interpolate(image, annotated);
    rounds.push({
      slices: annotated.length,
      annotated: [...annotated],
      kept,
      ...calibrationErrors(all, openSlices(), raw, lineage?.calibration?.temperature ?? null),
      scores: labels.map((label, l) => ({
        label,
        ...compare(image, l, { suggested: frames, model: raw }, interpolated?.[l] ?? null),
        changed: changed[l]!,
        painted: sumOf(annotated.flatMap((k) => masksOf(image, k, l).map(count))),
        byHand: count(wholeMask(image, l)),
      })),
    });
  };

  try {
    await engine.use(bundle.version?.folder);
    await suggest();
    await report(null);
    for (const target of options.rounds) {
      const open = openSlices();
      // What remains is what is measured.
      if (target >= all.length) break;
      const wanted = target - annotated.length;
      const scores = new Map(
        open.map((k) => [
          k,
          combineScores(frames.get(k)!.maps.map((maps) => scoreSlice(maps, planeOf(all[k]!)))),
        ]),
      );
      const next = nextSlices(strategy, { open, annotated, scores }, wanted, seed);
      for (const k of next) {
        labels.forEach((_, l) => (changed[l]! += wrongPixels(image, k, l, frames.get(k)!)));
      }
      annotated.push(...next);
      let kept: boolean | null = null;
      if (options.learns) {
        const out = join(folder, String(target));
        const learned = await learnVersion(engine, {
          bundle,
          slices: annotated.map((k) => all[k]!),
          roles,
          settings: options.settings,
          samples,
          name: `${name}, ${target} slices`,
          out,
          application: options.application,
          overrule: false,
          ...(signal && { signal }),
          onProgress: ({ step, steps }) =>
            say(`${annotated.length} annotated, learning step ${step} of ${steps}`),
        });
        kept = learned.kept;
        if (kept) {
          bundle = await openBundle(options.bundle.folder, out);
          lineage = learned.version.lineage;
          raw.clear();
        }
      }
      await suggest();
      await report(kept);
    }
    return { case: name, rounds };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const count = (mask: Uint8Array): number => mask.reduce((sum, v) => sum + v, 0);

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, n) => sum + n, 0);

const planeOf = ({ slice, spacing }: DecidedSlice): SlicePlane => ({
  columns: slice.columns,
  rows: slice.rows,
  spacing,
});

/** Masks of every label between the annotated slices; null where slices are no neighbours. */
async function interpolate(
  image: SimulatedImage,
  annotated: readonly number[],
): Promise<Uint8Array[] | null> {
  if (image.positions === null) return null;
  const { columns, rows } = image.slices[0]!.slice;
  const size = [columns, rows, image.slices.length] as const;
  return Promise.all(
    image.labels.map((_, l) => interpolateSlices(wholeMask(image, l), size, annotated)),
  );
}

const wrongPixels = (
  image: SimulatedImage,
  k: number,
  label: number,
  frame: PredictionFrame,
): number =>
  sumOf(
    labelTargets(image, k, label).map((t) => {
      const { probability } = frame.maps[t]!;
      return image.slices[k]!.targets[t]!.mask.reduce(
        (sum, v, i) => sum + (probability[i]! > 0.5 !== (v === 1) ? 1 : 0),
        0,
      );
    }),
  );

function calibrationErrors(
  all: readonly DecidedSlice[],
  open: readonly number[],
  frames: ReadonlyMap<number, PredictionFrame>,
  temperature: number | null,
): Pick<SimulatedRound, 'calibrationError' | 'calibratedError'> {
  const predictions = predictionsOf(
    open.map((k) => all[k]!),
    open.map((k) => frames.get(k)!),
  );
  const calibrated = (t: number): number =>
    expectedCalibrationError(
      reliability(
        predictions.map(({ truth, probability }) => ({
          truth,
          probability: applyTemperature(probability, t),
        })),
      ),
    );
  return {
    calibrationError: expectedCalibrationError(reliability(predictions)),
    calibratedError: temperature === null ? null : calibrated(temperature),
  };
}
