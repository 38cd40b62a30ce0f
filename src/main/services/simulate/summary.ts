import type { SimulatedCase, SimulatedScore } from './simulate.ts';

/** Means over the cases that came to a round. */
export interface SimulationMean {
  readonly label: string;
  /** Annotated in each case. */
  readonly slices: number;
  readonly cases: number;
  readonly dice: number;
  /** Of the model alone. */
  readonly modelDice: number;
  readonly interpolatedDice: number;
  /** Voxels to change until all is right, against painting all by hand. */
  readonly work: number;
  /** The same where the annotated slices are painted and the rest is interpolated. */
  readonly interpolatedWork: number;
  readonly calibrationError: number;
  /** Of the cases that have a temperature; null where none has. */
  readonly calibratedError: number | null;
}

/** One row for every label and number of annotated slices. */
export function summarise(cases: readonly SimulatedCase[]): SimulationMean[] {
  const rounds = cases.flatMap((c) => c.rounds);
  const sizes = [...new Set(rounds.map(({ slices }) => slices))].sort((a, b) => a - b);
  const labels = [...new Set(rounds.flatMap(({ scores }) => scores.map(({ label }) => label)))];
  return labels.flatMap((label) =>
    sizes.map((slices) => {
      const ofSize = rounds.filter((round) => round.slices === slices);
      const scores = ofSize.map((round) => round.scores.find((s) => s.label === label)!);
      const of = (value: (score: SimulatedScore) => number): number => mean(scores.map(value));
      const calibrated = ofSize.flatMap(({ calibratedError: e }) => (e === null ? [] : [e]));
      return {
        label,
        slices,
        cases: ofSize.length,
        dice: of((s) => s.dice),
        modelDice: of((s) => s.modelDice),
        interpolatedDice: of((s) => s.interpolatedDice),
        work: of((s) => share(s.changed + s.left, s.byHand)),
        interpolatedWork: of((s) => share(s.painted + s.interpolatedLeft, s.byHand)),
        calibrationError: mean(ofSize.map((round) => round.calibrationError)),
        calibratedError: calibrated.length === 0 ? null : mean(calibrated),
      };
    }),
  );
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, v) => sum + v, 0) / values.length;

/** Where there is nothing to paint, every changed voxel is one too many. */
const share = (part: number, whole: number): number => part / Math.max(1, whole);
