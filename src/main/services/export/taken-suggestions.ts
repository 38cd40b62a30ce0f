import type { JsonObject, Workspace } from '../../workspace/index.ts';
import { yieldToEventLoop } from '../async/yield.ts';

/** Entries read from the audit log at once. */
const PAGE = 500;

/**
 * What the suggestions were made with that became part of labels, and who took them in: by accepting
 * them, or with a tool that worked on them, which names the model as accepting does.
 */
export async function takenSuggestions(workspace: Workspace, stack: string): Promise<JsonObject[]> {
  const taken = new Map<string, JsonObject>();
  let before = Number.MAX_SAFE_INTEGER;
  for (;;) {
    const entries = workspace.audit.list(PAGE, before);
    for (const { what, stack: about, by, provenance } of entries) {
      if (what !== 'edit' || about !== stack || !('model' in provenance)) continue;
      const recipe = withoutEdit(provenance);
      taken.set(JSON.stringify([by, recipe]), { ...recipe, acceptedBy: by });
    }
    if (entries.length < PAGE) return [...taken.values()];
    before = entries.at(-1)!.id;
    await yieldToEventLoop();
  }
}

/** The same whatever it became part of. */
function withoutEdit({
  seq: _seq,
  name: _name,
  slices: _slices,
  actor: _actor,
  decided: _decided,
  ...recipe
}: JsonObject): JsonObject {
  return recipe;
}
