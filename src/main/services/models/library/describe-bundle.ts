import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileDigest, readModelJson } from '../../../engine/bundle/bundle.ts';
import { MODEL_FILE } from '../../../engine/bundle/file-names.ts';
import { ModelJson } from '../../../engine/bundle/model-json.ts';

export const CARD_FILE = 'MODEL_CARD.md';

/** What a bundle says of itself; what is not given stays as it is. */
export interface Description extends Partial<
  Pick<ModelJson, 'name' | 'description' | 'licence' | 'prompts'>
> {
  /** Added to what is there. */
  readonly provenance?: Readonly<Record<string, unknown>>;
  /** Text of MODEL_CARD.md. */
  readonly card?: string;
}

/**
 * Changes what a bundle says of itself, before it has its place in the library. A card is part of the
 * bundle's hash, its name is not.
 */
export async function describeBundle(
  folder: string,
  { provenance, card, ...changes }: Description,
): Promise<void> {
  const json = readModelJson(folder);
  const files = { ...json.files };
  if (card !== undefined) {
    writeFileSync(join(folder, CARD_FILE), card);
    files[CARD_FILE] = await fileDigest(join(folder, CARD_FILE));
  }
  const changed = ModelJson.parse({
    ...json,
    ...changes,
    provenance: { ...json.provenance, ...provenance },
    files,
  });
  writeFileSync(join(folder, MODEL_FILE), `${JSON.stringify(changed, null, 2)}\n`, { flush: true });
}
