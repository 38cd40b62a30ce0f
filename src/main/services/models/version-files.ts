import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { MarginaliaError } from '../../../shared/errors.ts';
import { createHash } from 'node:crypto';
import { Lineage } from '../../engine/bundle/lineage.ts';
import { LINEAGE_FILE } from '../../engine/bundle/adapters.ts';
import type { Bundle } from '../../engine/bundle/bundle.ts';
import { ADAPTERS_FILE } from '../../engine/bundle/file-names.ts';
import { safetensorsBytes } from '../../engine/bundle/safetensors.ts';
import { tensorShapes } from '../../engine/medclipseg/shapes.ts';
import { writeFiles } from '../../export/index.ts';

/** Learned adapters and where they came from. */
export interface AdapterVersion {
  readonly adapters: Uint8Array;
  readonly lineage: Lineage;
}

/** Everything about a version except its weights. */
export type VersionFacts = Omit<
  Lineage,
  'format' | 'formatVersion' | 'id' | 'base' | 'parent' | 'adapters'
>;

/** @param parameters all trainable tensors of the bundle's architecture, by name. */
export function createVersion(
  bundle: Bundle,
  parameters: ReadonlyMap<string, Float32Array>,
  facts: VersionFacts,
): AdapterVersion {
  const shapes = tensorShapes(bundle.architecture);
  const adapters = safetensorsBytes(
    [...parameters].map(([name, values]) => ({
      name,
      shape: shapes.get(name)!,
      dtype: 'F32',
      values: () => values,
    })),
  );
  const sha256 = createHash('sha256').update(adapters).digest('hex');
  const lineage = Lineage.parse({
    format: 'marginalia-adapters',
    formatVersion: 1,
    id: sha256.slice(0, 12),
    ...facts,
    base: { name: bundle.json.name, sha256: bundle.hash, family: bundle.family },
    parent: bundle.version?.lineage.id ?? null,
    adapters: { sha256, bytes: adapters.length },
  } satisfies Lineage);
  return { adapters, lineage };
}

/**
 * Writes a version into a folder that holds none yet. The lineage comes last: without it there is
 * no version, so that a kill at any moment leaves a whole one or none.
 * @throws MarginaliaError `version-exists`, and as `writeFiles`.
 */
export async function writeVersion(
  folder: string,
  { adapters, lineage }: AdapterVersion,
  signal?: AbortSignal,
): Promise<void> {
  requireNoVersion(folder);
  const text = new TextEncoder().encode(`${JSON.stringify(lineage, null, 2)}\n`);
  await writeFiles(
    folder,
    [
      { name: ADAPTERS_FILE, atMost: adapters.length, content: () => [adapters] },
      { name: LINEAGE_FILE, atMost: text.length, content: () => [text] },
    ],
    signal === undefined ? {} : { signal },
  );
}

/** @throws MarginaliaError `version-exists`: versions are never overwritten. */
export function requireNoVersion(folder: string): void {
  if (!existsSync(join(folder, LINEAGE_FILE))) return;
  throw new MarginaliaError(
    'version-exists',
    `${folder} holds learned adapters already.`,
    'Choose another folder, or remove that one first.',
  );
}
