import { luminance } from '../../../shared/luminance.ts';
import type { VoxelArray } from '../../../shared/volume.ts';
import type { Label, Workspace } from '../../workspace/index.ts';
import { yieldToEventLoop } from '../async/yield.ts';
import type { OpenVolume } from '../cases/index.ts';
import type { AnnotatedSlice } from './annotated-slices.ts';
import type { FitRequest } from './join-thread.ts';
import { positionsOf } from './positions.ts';
import { keyOf, type Recipe } from './recipe.ts';

/** What the thread needs of the annotated slices of a label. */
export async function fitRequest(
  workspace: Workspace,
  volume: OpenVolume,
  recipe: Recipe,
  label: Label,
  annotated: readonly AnnotatedSlice[],
): Promise<Omit<FitRequest, 'kind' | 'join'>> {
  const { image } = volume;
  const slices: FitRequest['annotated'][number][] = [];
  for (const { index, isAsked } of annotated) {
    const view = volume.view(index);
    const voxels = workspace.slices.read(image.id, index);
    const mask = view.toShown(voxels.map((v) => (v === label.value ? 1 : 0)));
    const said = isAsked
      ? workspace.suggestions.get(image.id, label.id, index, keyOf(recipe, label))
      : undefined;
    const probability = said === undefined ? null : view.toShown(said.probability);
    slices.push({ ...(await placedSlice(volume, index)), mask, probability });
    await yieldToEventLoop();
  }
  // Frames that are neighbours are of one size.
  return { plane: volume.view(0).shown, annotated: slices };
}

/** Copied: what shares the memory of the volume would take all of it to the thread. */
export async function placedSlice(
  volume: OpenVolume,
  index: number,
): Promise<{ position: number; values: VoxelArray }> {
  const { pixels } = volume.view(index).show(await volume.slice(index));
  const values = volume.image.channels === 3 ? luminance(pixels) : pixels.slice();
  return { position: positionsOf(volume)![index]!, values };
}
