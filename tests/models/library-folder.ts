import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { TINY_CONFIG, TINY_TOKENIZER, tinyCheckpoint } from '../bundle/tiny-model.ts';
import { checkpointMembers, storageOf, writeZip } from '../bundle/write-checkpoint.ts';

/** A folder for each test, with a library of its own in it that is not there yet. */
export function inLibrary(): { readonly at: (...parts: string[]) => string } {
  let folder = '';
  const before = process.env['MARGINALIA_MODELS'];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'marginalia-library-'));
    process.env['MARGINALIA_MODELS'] = join(folder, 'models');
    writeFileSync(join(folder, 'config.json'), JSON.stringify(TINY_CONFIG));
    writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(TINY_TOKENIZER));
  });
  afterEach(() => {
    if (before === undefined) delete process.env['MARGINALIA_MODELS'];
    else process.env['MARGINALIA_MODELS'] = before;
    rmSync(folder, { recursive: true });
  });
  return { at: (...parts) => join(folder, ...parts) };
}

/**
 * Writes a checkpoint of the tiny model.
 * @param scale of its adapters: another one, another checkpoint with the same towers.
 */
export function writeCheckpoint(path: string, scale = 1): string {
  const content = tinyCheckpoint();
  const storages = new Map(content.storages);
  for (const { name, storage } of content.tensors) {
    if (!name.startsWith('pvl_adapters.') || scale === 1) continue;
    const values = new Float32Array(content.storages.get(storage)!.bytes().slice().buffer);
    storages.set(
      storage,
      storageOf(
        'Float',
        values.map((v) => v * scale),
      ),
    );
  }
  writeZip(path, checkpointMembers({ ...content, storages }));
  return path;
}

/** What lies in a folder that may not be there, hidden files too. */
export function contentOf(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
