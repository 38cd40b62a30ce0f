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
  /** Null where slices are no neighbours; so for `interpolatedWork`. */
  readonly interpolatedDice: number | null;
  /** Voxels to change until all is right, against painting all by hand. */
  readonly work: number;
  /** The same where the annotated slices are painted and the rest is interpolated. */
  readonly interpolatedWork: number | null;
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
      return {
        label,
        slices,
        cases: ofSize.length,
        dice: of((s) => s.dice),
        modelDice: of((s) => s.modelDice),
        interpolatedDice: meanOrNull(scores.map((s) => s.interpolatedDice)),
        work: of((s) => share(s.changed + s.left, s.byHand)),
        interpolatedWork: meanOrNull(
          scores.map(({ painted, interpolatedLeft: left, byHand }) =>
            left === null ? null : share(painted + left, byHand),
          ),
        ),
        calibrationError: mean(ofSize.map((round) => round.calibrationError)),
        calibratedError: meanOrNull(ofSize.map((round) => round.calibratedError)),
      };
    }),
  );
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, v) => sum + v, 0) / values.length;

/** Of those that have a value; null where none has. */
function meanOrNull(values: readonly (number | null)[]): number | null {
  const present = values.filter((v) => v !== null);
  return present.length === 0 ? null : mean(present);
}

/** Where there is nothing to paint, every changed voxel is one too many. */
const share = (part: number, whole: number): number => part / Math.max(1, whole);
