import { mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeTinyBundle } from '../bundle/tiny-model.ts';
import { marginalia, type Outcome } from './marginalia.ts';

const models = mkdtempSync(join(tmpdir(), 'marginalia-doctor-'));
afterAll(() => rmSync(models, { recursive: true }));

describe('marginalia doctor', () => {
  let outcome: Outcome;
  beforeAll(async () => {
    writeTinyBundle(join(models, 'whole'));
    writeTinyBundle(join(models, 'broken'));
    truncateSync(join(models, 'broken', 'weights.safetensors'), 100);
    outcome = await marginalia(['doctor'], { env: { MARGINALIA_MODELS: models } });
  }, 180_000);

  const lineOf = (name: string): string =>
    outcome.out.split('\n').find((line) => line.startsWith(`  ${name} `)) ?? '';

  it('says the versions of the application, Node and ONNX Runtime', () => {
    expect(outcome.code).toBe(0);
    const version = (file: string): string =>
      (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
    const runtime = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
    expect(lineOf('marginalia')).toMatch(new RegExp(` ${version('package.json')}$`));
    expect(lineOf('node')).toMatch(new RegExp(` ${process.versions.node}$`));
    expect(lineOf('onnxruntime')).toMatch(new RegExp(` ${version(runtime)}$`));
  });

  it('measures each device, or says why it is not there', () => {
    expect(lineOf('cpu')).toMatch(/yes, [\d.]+ GFLOP\/s/);
    for (const device of ['cuda', 'webgpu']) {
      expect(lineOf(device)).toMatch(/yes, [\d.e+]+ GFLOP\/s|no: \S.{15}/);
    }
    expect(outcome.out).toMatch(/auto means (cpu|cuda|webgpu)/);
  });

  it('says which models can be used, and what is wrong with the others', () => {
    expect(lineOf('whole')).toMatch(
      /complete and unchanged: tiny 1, family [0-9a-f]{12}…, fp32 [0-9a-f]{12}…/,
    );
    expect(lineOf('broken')).toMatch(
      /cannot be used: weights\.safetensors .* 100 bytes instead of/,
    );
  });
});
