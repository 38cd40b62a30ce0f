import { useBridge } from '../../bridge.ts';
import { orAway } from '../../model/host-away.ts';
import { useAnnotation, type Label } from '../../stores/annotation-store.ts';

async function propose(name: string): Promise<string> {
  try {
    const { stack } = useAnnotation();
    return (await useBridge().call('labels.proposePrompt', { stack, name })).prompt;
  } catch (error) {
    throw orAway(error, 'Propose a prompt');
  }
}

/**
 * Proposes a prompt for a label that was renamed, unless its prompt was written by the user: what was
 * proposed for the old name is not.
 */
export async function proposePrompt(label: Label, before: string, name: string): Promise<void> {
  if (label.prompt !== '' && label.prompt !== (await propose(before))) return;
  await useAnnotation().changeLabel(label.id, { prompt: await propose(name) });
}

/** Replaces the prompt of a label by the proposed one. */
export async function resetPrompt({ id, name }: Label): Promise<void> {
  await useAnnotation().changeLabel(id, { prompt: await propose(name) });
}
