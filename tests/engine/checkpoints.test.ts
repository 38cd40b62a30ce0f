import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { importCheckpoint } from '../../src/main/engine/bundle/import-checkpoint.ts';
import { inferArchitecture } from '../../src/main/engine/bundle/infer-architecture.ts';
import { readPublishedConfig } from '../../src/main/engine/bundle/published-config.ts';
import { openSafetensors, readFloats } from '../../src/main/engine/bundle/safetensors.ts';
import { tensorShapes } from '../../src/main/engine/medclipseg/shapes.ts';
import { FULL_SIZE } from '../bench/model-files.ts';
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

    it.each([
      ['tiny-a', { visionHeads: 3, textHeads: 3 }],
      ['small-a', { visionHeads: 4, textHeads: 4 }],
      [
        'wide-a',
        { visionHeads: 4, textHeads: 4, fusionLayers: [0, 2], beta: 0, temperature: 0.07 },
      ],
      ['checkpoints', { visionHeads: 3, textHeads: 3, context: 12 }],
    ])('the architecture of %s is read from its tensors', async (folder, choices) => {
      const at = (file: string): string => join(reference!, folder, file);
      const { tensors } = openSafetensors(at('weights.safetensors'));
      const shapes = new Map([...tensors].map(([name, { shape }]) => [name, shape]));
      expect(inferArchitecture(shapes, folder, choices)).toEqual(
        readPublishedConfig(at('config.json')),
      );
    });

    it('the published size needs no choices', () => {
      const names = JSON.parse(readFileSync(join(reference!, 'full_vitb16_keys.json'), 'utf8')) as [
        string,
        number[],
      ][];
      expect(inferArchitecture(new Map(names), 'published')).toEqual(FULL_SIZE);
    });

    it('leaves nothing behind when the config is of another model', async () => {
      const attempt = importCheckpoint({
        checkpoint: join(reference!, 'tiny-a', 'checkpoint.pth'),
        config: join(reference!, 'wide-a', 'config.json'),
        out: join(work, 'other'),
      });
      await expect(attempt).rejects.toThrow(/architecture asks for/);
      expect(readdirSync(work).filter((f) => f.includes('other'))).toEqual([]);
    });
  },
);
