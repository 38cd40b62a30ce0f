import { MarginaliaError } from '../../../shared/errors.ts';

/** Decided slices that suggestions are joined with. */
export interface Evidence {
  /** Other slices, other labels in them or another order of things: another id. */
  readonly id: string;
  readonly slices: readonly { readonly index: number; readonly sha256: string }[];
}

/** What each label is joined with while all of a stack is read, which is to stay the same. */
export interface SteadyEvidence {
  /**
   * @param label its id. @param evidence null where the model alone speaks.
   * @throws MarginaliaError `labels-changed` where slices were decided since: what is suggested would
   *   be of two kinds.
   */
  readonly require: (label: string, evidence: Evidence | null) => void;
  readonly of: (label: string) => Evidence | null;
  readonly all: () => Evidence[];
}

export function steadyEvidence(): SteadyEvidence {
  const byLabel = new Map<string, Evidence>();
  return {
    require(label, evidence) {
      if (evidence === null) return;
      const before = byLabel.get(label) ?? evidence;
      if (before.id !== evidence.id) throw labelsChanged();
      byLabel.set(label, before);
    },
    of: (label) => byLabel.get(label) ?? null,
    all: () => [...byLabel.values()],
  };
}

/** What is suggested became something else while it was read. */
export const labelsChanged = (): MarginaliaError =>
  new MarginaliaError(
    'labels-changed',
    'Slices were decided while they were written, which changed what is suggested.',
    'Export again.',
  );
