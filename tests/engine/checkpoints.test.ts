import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { importCheckpoint } from '../../src/main/engine/bundle/import-checkpoint.ts';
import { openSafetensors, readFloats } from '../../src/main/engine/bundle/safetensors.ts';
import { tensorShapes } from '../../src/main/engine/medclipseg/shapes.ts';
import { sharedPath } from '../support/shared-data.ts';

const reference = sharedPath('reference');
const work = mkdtempSync(join(tmpdir(), 'marginalia-checkpoints-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

describe.skipIf(reference === undefined)(
  `published checkpoints${reference ? '' : ': skipped, ../shared/reference is not here'}`,
  () => {
    it.each([
      ['tiny-a', 'checkpoint.pth'],
      ['small-a', 'checkpoint.pth'],
      ['wide-a', 'checkpoint.pth'],
      ['checkpoints', 'checkpoint_latest.pth'],
      ['checkpoints', 'checkpoint_best_dice.pth'],
    ])('%s/%s is imported bit for bit', async (folder, file) => {
      const bundle = await importCheckpoint({
        checkpoint: join(reference!, folder, file),
        config: join(reference!, folder, 'config.json'),
        out: join(work, `${folder}-${file}`),
      });
      const truth = openSafetensors(join(reference!, folder, 'weights.safetensors'));
      for (const name of tensorShapes(bundle.architecture).keys()) {
        expect(readFloats(bundle.fileOf(name), name), name).toEqual(readFloats(truth, name));
      }
    });

    it('leaves nothing behind when the config is of another model', async () => {
      const attempt = importCheckpoint({
        checkpoint: join(reference!, 'tiny-a', 'checkpoint.pth'),
        config: join(reference!, 'wide-a', 'config.json'),
        out: join(work, 'other'),
      });
      await expect(attempt).rejects.toThrow(/config asks for/);
      expect(readdirSync(work).filter((f) => f.includes('other'))).toEqual([]);
    });
  },
);
