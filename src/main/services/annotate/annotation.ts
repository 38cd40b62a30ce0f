import { isDeepStrictEqual } from 'node:util';
import PQueue from 'p-queue';
import type { z } from 'zod';
import type * as contract from '../../../shared/contract/index.ts';
import type { CallInput } from '../../../shared/contract/index.ts';
import { apply as applyPatch, decodePatch, rebase } from '../../../shared/labelmap/patch.ts';
import { decodeRuns, encodeRuns } from '../../../shared/labelmap/rle.ts';
import { nextColour } from '../../../shared/label-colours.ts';
import { MarginaliaError } from '../../../shared/errors.ts';
import { stepNames } from '../../../shared/step-names.ts';
import type {
  AppliedEdit,
  JsonObject,
  Review,
  SliceEdit,
  Workspace,
} from '../../workspace/index.ts';
import { mergeSuggestion } from './merge-suggestion.ts';
import { isReadable, type Models } from '../models/index.ts';
import { proposePrompt } from './propose-prompt.ts';
import { provenanceOf, type Suggestions } from '../suggest/index.ts';
import type { CallHandlers, SettingsService } from '../session/index.ts';
import type { Cases } from '../cases/index.ts';

type EditResult = z.infer<typeof contract.EditResult>;
type EditInput = CallInput<'edits.apply'>;

type Calls = Pick<
  CallHandlers,
  | 'annotation.get'
  | 'annotation.voxels'
  | 'labels.create'
  | 'labels.change'
  | 'labels.remove'
  | 'labels.proposePrompt'
  | 'edits.apply'
  | 'edits.undo'
  | 'edits.redo'
  | 'review.set'
  | 'review.settle'
>;

/** Labels, their voxels and what was decided: everything goes through the journal. */
export function createAnnotation(
  workspace: Workspace,
  cases: Cases,
  models: Models,
  suggestions: Suggestions,
  settings: SettingsService,
): { readonly calls: Calls; readonly resultOf: ResultOf; readonly editQueue: PQueue } {
  const resultOf: ResultOf = (stack, applied) => editResult(workspace, stack, applied);
  /** Edits run one at a time, in the order in which pages send them: each builds on the one before. */
  const editQueue = new PQueue({ concurrency: 1 });

  async function propose(stack: string, name: string): Promise<string> {
    const bundle = await models.current();
    // What the user keeps comes before what the model knows.
    const prompts = [...settings.get().prompts, ...bundle.json.prompts];
    return proposePrompt(name, cases.about(stack), prompts, (prompt) => isReadable(bundle, prompt));
  }

  /** Provenance of the suggestion that an edit accepts, for the labels that the page showed. */
  async function taken({ stack, slices, review = [] }: EditInput): Promise<JsonObject> {
    const indices = slices.map(({ index }) => index);
    const seen = new Set(review.flatMap(({ labels = [] }) => labels));
    const labels = workspace.labels.list(stack).filter(({ id }) => seen.size === 0 || seen.has(id));
    return provenanceOf(
      await suggestions.recipe(stack),
      labels,
      suggestions.shownFrom(stack, indices),
    );
  }

  async function apply(input: EditInput): Promise<EditResult> {
    const { stack, name, actor, slices, review = [], expects = [], step } = input;
    // A tool on a suggestion makes it a label first, and says so by the states of the slices.
    const isTaken = actor === 'model' || review.length > 0;
    const provenance = isTaken ? await taken(input) : undefined;
    const decisions = workspace.slices.decisions(stack);
    const isExpected = expects.length > 0;
    const wanted = slices.map(({ index, patch }) => {
      const before = workspace.slices.read(stack, index);
      const asked = before.slice();
      applyPatch(asked, rebase(decodePatch(patch, asked.length), before));
      const mayMerge = actor === 'model' && !isExpected && decisions[index]!.state !== 'accepted';
      const labels = mayMerge ? mergeSuggestion(before, asked) : asked;
      return { index, before, labels, isMerged: labels !== asked };
    });
    const idOf = new Map(workspace.labels.list(stack).map(({ id, value }) => [value, id]));
    const edit = {
      name,
      actor,
      slices: withReviews(wanted, review, actor, decisions, idOf),
      ...(provenance && { provenance }),
      ...(isExpected && { check: () => requireExpected(workspace, stack, expects, review) }),
    };
    const applied = workspace.journal.record(stack, edit, step);
    const result = resultOf(stack, applied);
    // Where existing labels won over the suggestion, the page needs the merged slice, changed or not.
    const answered = new Set(result.slices.map(({ index }) => index));
    const merged = wanted.filter(({ index, isMerged }) => isMerged && !answered.has(index));
    result.slices.push(...merged.map(({ index, labels }) => ({ index, runs: encodeRuns(labels) })));
    return result;
  }

  /** Where nothing was done, null: the page does not know what is there. */
  const steppedTo = (stack: string, applied: AppliedEdit | undefined): EditResult | null =>
    applied === undefined ? null : resultOf(stack, applied);

  return {
    resultOf,
    editQueue,
    calls: {
      'annotation.get'({ stack }) {
        const decisions = workspace.slices.decisions(stack);
        return {
          labels: workspace.labels.list(stack),
          review: decisions.map(({ state }) => state),
          covered: decisions.map(({ labels }) => [...labels]),
          unseen: decisions.map(({ unseen }) => [...unseen]),
          ...workspace.journal.names(stack),
          numbers: workspace.journal.numbers(stack),
        };
      },
      'annotation.voxels': ({ stack }) => workspace.slices.painted(stack),
      async 'labels.create'({ stack, name, prompt, colour }) {
        const wanted = prompt ?? (await propose(stack, name));
        return workspace.labels.create(stack, {
          name,
          // Chosen last: what another window creates meanwhile has its colour by then.
          colour: colour ?? nextColour(workspace.labels.colours(stack)),
          prompt: wanted,
          visible: true,
          locked: false,
          term: null,
        });
      },
      'labels.change': ({ stack, label, change }) =>
        workspace.labels.change(stack, label, withoutGaps(change)),
      'labels.remove': ({ stack, label, step }) =>
        editQueue.add(() => resultOf(stack, workspace.labels.remove(stack, label, step))),
      'labels.proposePrompt': async ({ stack, name }) => ({ prompt: await propose(stack, name) }),
      'edits.apply': (input) => editQueue.add(() => apply(input)),
      'edits.undo': ({ stack, step, only }) =>
        editQueue.add(() => steppedTo(stack, workspace.journal.undo(stack, step, only))),
      'edits.redo': ({ stack, step, only }) =>
        editQueue.add(() => steppedTo(stack, workspace.journal.redo(stack, step, only))),
      'review.set': ({ stack, slices, step }) => {
        const name = stepNames.review(slices);
        const edit = { name, actor: 'human', slices: slices.map(decisionOf) } as const;
        return editQueue.add(() => resultOf(stack, workspace.journal.record(stack, edit, step)));
      },
      'review.settle': ({ stack, slice, step }) =>
        editQueue.add(() => resultOf(stack, workspace.journal.settle(stack, slice, step))),
    },
  };
}

/** The answer to a page after an edit; without one, only what can be undone and redone. */
export type ResultOf = (
  stack: string,
  applied: Pick<AppliedEdit, 'slices'> | AppliedEdit | undefined,
) => EditResult;

function editResult(
  workspace: Workspace,
  stack: string,
  applied?: Pick<AppliedEdit, 'slices'> | AppliedEdit,
): EditResult {
  const slices = applied?.slices ?? [];
  return {
    labels: workspace.labels.list(stack),
    slices: slices.flatMap(({ index, runs }) => (runs === undefined ? [] : [{ index, runs }])),
    review: slices.flatMap(({ index, review, covers = [], unseen = [] }) =>
      review === undefined
        ? []
        : [{ index, state: review, labels: [...covers], unseen: [...unseen] }],
    ),
    ...workspace.journal.names(stack),
    edit: applied && 'seq' in applied ? applied.seq : null,
  };
}

/**
 * New labels and states of slices; what was accepted and is then painted on counts as corrected, and
 * the labels that are painted as looked at.
 */
function withReviews(
  slices: readonly {
    readonly index: number;
    readonly before: Uint8Array;
    readonly labels: Uint8Array;
  }[],
  review: NonNullable<EditInput['review']>,
  actor: EditInput['actor'],
  decisions: readonly Review[],
  idOf: ReadonlyMap<number, string>,
): SliceEdit[] {
  const asked = new Map(review.map((slice) => [slice.index, slice]));
  const edits = slices.map(({ index, before, labels }): SliceEdit => {
    const wanted = asked.get(index);
    asked.delete(index);
    if (wanted) return { ...decisionOf(wanted), labels };
    const { state, labels: covers, unseen } = decisions[index]!;
    const isAccepted = state === 'accepted' || state === 'accepted-unseen';
    const isToChange = actor === 'human' && (isAccepted || unseen.length > 0);
    if (!isToChange || Buffer.compare(before, labels) === 0) return { index, labels };
    const painted = new Set<string | undefined>();
    before.forEach((value, at) => {
      if (value !== labels[at]) painted.add(idOf.get(value)).add(idOf.get(labels[at]!));
    });
    const left = unseen.filter((id) => !painted.has(id));
    return { index, labels, review: 'corrected', covers, unseen: left };
  });
  return [...edits, ...[...asked.values()].map(decisionOf)];
}

const decisionOf = ({
  index,
  state,
  labels,
  unseen,
}: NonNullable<EditInput['review']>[number]): SliceEdit => ({
  index,
  review: state,
  ...(labels && { covers: labels }),
  ...(unseen && { unseen }),
});

/**
 * @throws MarginaliaError `slices-changed` where slices are not as a page has shown them, or a label is
 * gone: a decision about it would be one about nothing.
 */
function requireExpected(
  { slices, labels: kept }: Workspace,
  stack: string,
  expects: NonNullable<EditInput['expects']>,
  review: NonNullable<EditInput['review']>,
): void {
  const known = new Set(kept.list(stack).map(({ id }) => id));
  if (review.some(({ labels = [] }) => labels.some((id) => !known.has(id)))) {
    throw new MarginaliaError(
      'slices-changed',
      'Nothing was done: one of the labels was removed in another window meanwhile.',
      'Look at what is there now, then do it again.',
    );
  }
  const decisions = slices.decisions(stack);
  const changed = expects.filter(({ index, runs, state, labels, unseen }) => {
    const voxels = slices.read(stack, index);
    const isPainted = Buffer.compare(voxels, decodeRuns(runs, voxels.length)) !== 0;
    return isPainted || !isDeepStrictEqual(decisions[index], { state, labels, unseen });
  });
  if (changed.length === 0) return;
  const first = `slice ${changed[0]!.index + 1}`;
  throw new MarginaliaError(
    'slices-changed',
    `Nothing was done: ${changed.length > 1 ? `${changed.length} slices, the first of them ${first}, were` : `${first} was`} changed in another window meanwhile.`,
    'Look at what is there now, then do it again.',
  );
}

/** Zod's optional fields may be there and undefined. */
function withoutGaps<T extends object>(change: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(
    Object.entries(change).filter(([, value]) => value !== undefined),
  ) as never;
}
