import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBundle, readTrainable } from '../../src/main/engine/bundle/bundle.ts';
import { resolveBundle } from '../../src/main/engine/bundle/library.ts';
import { createVersion, writeVersion } from '../../src/main/services/models/version-files.ts';
import { SOME_FACTS } from '../learning/version-facts.ts';
import { marginalia } from './marginalia.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'marginalia-versions-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What `learn` would have written. @returns its id. */
async function learned(out: string): Promise<string> {
  const bundle = await openBundle(resolveBundle('default'));
  const version = createVersion(bundle, readTrainable(bundle), {
    ...SOME_FACTS,
    judgement: {
      before: { dice: 0.25, nsd: 0.3 },
      after: { dice: 0.75, nsd: 0.8 },
      overruled: false,
    },
  });
  await writeVersion(out, version);
  return version.lineage.id;
}

const versions = (...args: string[]) =>
  marginalia(['versions', ...args, '--workspace', join(folder, 'workspace')]);

describe('marginalia versions', () => {
  it('imports, uses, renames, exports and removes what was learned', async () => {
    const id = await learned(join(folder, 'learned'));
    expect((await versions('list')).out).toContain('Nothing was learned');
    expect((await versions('import', join(folder, 'learned'))).out).toMatch(/0\.250\s+0\.750/);
    expect((await versions('rename', id, 'better')).out).toContain('better');
    const used = JSON.parse((await versions('use', id, '--json')).out) as object;
    expect(used).toMatchObject({
      model: 'default',
      current: id,
      versions: [{ id, name: 'better' }],
    });
    expect((await versions('export', id, join(folder, 'exported'))).code).toBe(0);
    expect(existsSync(join(folder, 'exported', 'lineage.json'))).toBe(true);
    expect((await versions('use', 'base', '--json')).out).toContain('"current":null');
    const removed = JSON.parse((await versions('remove', id, '--json')).out) as object;
    expect(removed).toEqual({ model: 'default', current: null, versions: [] });
  }, 240_000);

  it('says what it does not know, and leaves everything as it was', async () => {
    const unknown = await versions('remove', '0123456789ab');
    expect([unknown.code, unknown.err]).toEqual([
      1,
      expect.stringContaining('There is no version 0123456789ab'),
    ]);
    const wrong = await versions('use', '../other');
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('is no id of a version')]);
  }, 120_000);
});
