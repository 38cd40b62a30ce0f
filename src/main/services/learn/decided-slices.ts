import type { LearningSlice } from '../../engine/learn/types.ts';
import type { Decision, Label, Workspace } from '../../workspace/index.ts';
import type { DecidedSlice } from './decided.ts';
import { yieldToEventLoop } from '../async/yield.ts';
import type { RoleStore } from './slice-roles.ts';
import { engineSlice, promptOf, type Recipe } from '../suggest/index.ts';
import { decidedIndex, decidedName, type OpenVolume } from '../cases/index.ts';

type Targets = LearningSlice['targets'];

/**
 * What learning takes of a stack: slices that were accepted or corrected, in the order in which they
 * first were, as the model sees them.
 * @param withUnseen also labels that were accepted without a look.
 */
export async function slicesToLearn(
  workspace: Workspace,
  volume: OpenVolume,
  { window }: Recipe,
  withUnseen: boolean,
): Promise<DecidedSlice[]> {
  const { image } = volume;
  const labels = workspace.labels.list(image.id);
  const slices: DecidedSlice[] = [];
  for (const decision of workspace.slices.decided(image.id)) {
    if (decision.state === 'rejected') continue;
    const { index, unseen } = decision;
    const view = volume.view(index);
    const voxels = workspace.slices.read(image.id, index);
    const seen = withUnseen ? labels : labels.filter(({ id }) => !unseen.includes(id));
    const targets = targetsOf(decision, seen, voxels).map(({ prompt, mask }) => ({
      prompt,
      mask: view.toShown(mask),
    }));
    if (targets.length > 0) {
      const slice = await engineSlice(volume, index, window);
      slices.push({
        name: decidedName(image.id, index),
        spacing: view.shown.spacing,
        slice,
        targets,
      });
    }
    await yieldToEventLoop();
  }
  return slices;
}

/** Roles of the slices of a stack, kept in the workspace. */
export function rolesOf({ sliceRoles }: Workspace, stack: string): RoleStore {
  return {
    list: () =>
      sliceRoles
        .list(stack)
        .map(({ index, ...rest }) => ({ name: decidedName(stack, index), ...rest })),
    put: (slices) =>
      sliceRoles.put(
        stack,
        slices.map(({ name, ...rest }) => ({ index: decidedIndex(name), ...rest })),
      ),
  };
}

/**
 * Masks by prompt. An empty mask is learned only where the label existed when the slice was decided;
 * labels with the same prompt share one mask.
 */
export function targetsOf(
  { labels: decidedOn }: Pick<Decision, 'labels'>,
  labels: readonly Pick<Label, 'id' | 'value' | 'prompt' | 'name'>[],
  voxels: Uint8Array,
): Targets {
  const masks = new Map<string, Uint8Array>();
  for (const label of labels) {
    if (!decidedOn.includes(label.id) && !voxels.includes(label.value)) continue;
    const prompt = promptOf(label);
    const mask = masks.get(prompt) ?? new Uint8Array(voxels.length);
    for (let i = 0; i < mask.length; i++) if (voxels[i] === label.value) mask[i] = 1;
    masks.set(prompt, mask);
  }
  return [...masks].map(([prompt, mask]) => ({ prompt, mask }));
}
