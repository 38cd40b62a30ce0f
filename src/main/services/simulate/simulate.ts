import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  applyTemperature,
  expectedCalibrationError,
  reliability,
} from '../../../shared/calibration/index.ts';
import { combineScores, scoreSlice } from '../../../shared/ranking/index.ts';
import { spacingOf } from '../../../shared/volume.ts';
import { openBundle, type Bundle } from '../../engine/bundle/bundle.ts';
import type { Lineage } from '../../engine/bundle/lineage.ts';
import type { LearningSettings } from '../../engine/learn/types.ts';
import type { PredictionFrame } from '../../engine/predict/types.ts';
import { pairCases, readCase, type CasePair, type LabelTruth } from '../evaluate/index.ts';
import {
  decidedSlices,
  rolesInMemory,
  type DecidedSlice,
  predictionsOf,
  learnVersion,
  predictSlices,
} from '../learn/index.ts';
import { axisAcross, displayMap, turned } from '../../../shared/geometry/index.ts';
import type { JobEngine } from '../engine/index.ts';
import { interpolateSlices } from '../annotate/index.ts';
import { propagate } from './propagate.ts';
import { compare, type Agreement } from './agreement.ts';
import { nextSlices, type Strategy, chooseWindow } from '../suggest/index.ts';

export interface SimulateOptions {
  readonly bundle: Bundle;
  readonly images: string;
  readonly labels: string;
  readonly truths: readonly LabelTruth[];
  /** After how many annotated slices the model learns and suggests anew, ascending. */
  readonly rounds: readonly number[];
  readonly strategy: Strategy;
  readonly learns: boolean;
  /** Whether the shapes in annotated slices join what the model says (shared/propagation). */
  readonly propagates: boolean;
  readonly samples: number;
  readonly settings: LearningSettings;
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
  /** Axial indices in the order in which they were annotated. */
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
 * @throws MarginaliaError as `pairCases`, `readCase`, `learnVersion`.
 */
export async function simulate(
  engine: JobEngine,
  options: SimulateOptions,
): Promise<SimulatedCase[]> {
  const pairs = pairCases(options.images, options.labels).slice(0, options.limit);
  const cases: SimulatedCase[] = [];
  for (const [n, pair] of pairs.entries()) {
    const say = (text: string): void =>
      options.onProgress?.(`case ${n + 1} of ${pairs.length}: ${text}`);
    cases.push(await simulateCase(engine, pair, options, say));
  }
  return cases;
}

async function simulateCase(
  engine: JobEngine,
  pair: CasePair,
  options: SimulateOptions,
  say: (text: string) => void,
): Promise<SimulatedCase> {
  const { truths, strategy, samples, signal } = options;
  const seed = options.settings.seed;
  const read = await readCase(pair);
  const { grid } = read.image;
  const map = displayMap(grid, axisAcross(grid.affineLps, 'axial'));
  const axial = { ...read, image: turned(read.image, map), labels: turned(read.labels, map) };
  const { size } = axial.image.grid;
  const [alongRow, alongColumn, between] = spacingOf(axial.image.grid);
  const window = chooseWindow(options.bundle.json.preprocessing.window, axial.image, undefined);
  const all = decidedSlices(axial, truths, window, 'axial', [...Array(size[2]).keys()]);
  const plane = { columns: size[0], rows: size[1], spacing: [alongRow, alongColumn] } as const;

  const folder = await mkdtemp(join(tmpdir(), 'marginalia-simulation-'));
  const annotated: number[] = [];
  const rounds: SimulatedRound[] = [];
  const changed = truths.map(() => 0);
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
    const wanted = [...openSlices(), ...(options.propagates ? unseen : [])];
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
    const shown = options.propagates ? propagate(all, annotated, raw, between) : raw;
    frames = new Map(openSlices().map((k) => [k, shown.get(k)!]));
  };
  const report = async (kept: boolean | null): Promise<void> => {
    const interpolated = await Promise.all(
      truths.map((_, l) => interpolateSlices(wholeMask(all, l), size, annotated)),
    );
    rounds.push({
      slices: annotated.length,
      annotated: [...annotated],
      kept,
      ...calibrationErrors(all, openSlices(), raw, lineage?.calibration?.temperature ?? null),
      scores: truths.map(({ name }, l) => ({
        label: name,
        ...compare(all, l, { suggested: frames, model: raw }, interpolated[l]!),
        changed: changed[l]!,
        painted: annotated.reduce((sum, k) => sum + count(all[k]!.targets[l]!.mask), 0),
        byHand: count(wholeMask(all, l)),
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
      if (target >= size[2]) break;
      const wanted = target - annotated.length;
      const scores = new Map(
        open.map((k) => [
          k,
          combineScores(frames.get(k)!.maps.map((maps) => scoreSlice(maps, plane))),
        ]),
      );
      const next = nextSlices(strategy, { open, annotated, scores }, wanted, seed);
      for (const k of next) {
        truths.forEach((_, l) => (changed[l]! += wrongPixels(all[k]!, l, frames.get(k)!)));
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
          name: `${pair.name}, ${target} slices`,
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
    return { case: pair.name, rounds };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const count = (mask: Uint8Array): number => mask.reduce((sum, v) => sum + v, 0);

/** Truth of a label in all slices, one behind the other. */
function wholeMask(slices: readonly DecidedSlice[], label: number): Uint8Array {
  const pixels = slices[0]!.targets[label]!.mask.length;
  const whole = new Uint8Array(pixels * slices.length);
  slices.forEach(({ targets }, k) => whole.set(targets[label]!.mask, k * pixels));
  return whole;
}

function wrongPixels({ targets }: DecidedSlice, label: number, frame: PredictionFrame): number {
  const { probability } = frame.maps[label]!;
  return targets[label]!.mask.reduce(
    (sum, v, i) => sum + (probability[i]! > 0.5 !== (v === 1) ? 1 : 0),
    0,
  );
}

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
