import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  importCheckpoint,
  type ImportOptions,
} from '../../src/main/engine/bundle/import-checkpoint.ts';
import { readFloats, writeSafetensors } from '../../src/main/engine/bundle/safetensors.ts';
import {
  BACKBONE_NAMES,
  isTrainable,
  type Architecture,
  type BackboneName,
} from '../../src/main/engine/medclipseg/config.ts';
import { tensorShapes } from '../../src/main/engine/medclipseg/shapes.ts';
import { fillNormal } from '../../src/main/engine/runtime/noise.ts';
import { keyedState } from '../../src/shared/random.ts';
import { refusal } from './tiny-model.ts';
import { checkpointMembers, rowMajor, storageOf, writeZip } from './write-checkpoint.ts';

const folder = mkdtempSync(join(tmpdir(), 'marginalia-towers-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** As towers alone are read: widths of 64 a head, adapters as published. */
const towersOf = (backbone: BackboneName): Architecture => ({
  ...(backbone !== 'unimedclip' && { backbone }),
  image: 16,
  patch: 8,
  visionWidth: 128,
  visionHeads: 2,
  textWidth: 64,
  textHeads: 1,
  layers: 4,
  vocab: 20,
  context: 9,
  maxPosition: 9,
  joint: 32,
  adapter: 16,
  fusionLayers: [1, 2],
  numUpscale: 2,
  beta: 2.35,
  temperature: 0.2,
  maskPadding: false,
});

/** Names as open_clip and OpenAI save them. */
const WILD: Readonly<Record<BackboneName, (name: string) => string>> = {
  unimedclip: (name) =>
    name.replace('vision_model.', 'visual.').replace('text_model.', 'text_encoder.'),
  clip: (name) => name.replace('vision_model.', 'visual.').replace(/^(text|clip)_model\./, ''),
  biomedclip: (name) => name.replace('vision_model.', 'visual.').replace('text_model.', 'text.'),
};

interface Named {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array<ArrayBuffer>;
}

function towers(backbone: BackboneName): Named[] {
  const named = [...tensorShapes(towersOf(backbone))]
    .filter(([name]) => !isTrainable(name))
    .map(([name, shape]) => {
      const values = new Float32Array(shape.reduce((n, d) => n * d, 1));
      fillNormal(keyedState(0, name), values);
      return { name: WILD[backbone](name), shape, values };
    });
  return [...named, { name: 'logit_scale', shape: [], values: Float32Array.of(4.6) }];
}

function save(file: string, tensors: readonly Named[]): string {
  const path = join(folder, file);
  if (file.endsWith('.safetensors')) {
    writeSafetensors(
      path,
      tensors.map(({ name, shape, values }) => ({
        name,
        shape,
        dtype: 'F32',
        values: () => values,
      })),
    );
    return path;
  }
  const program = file.endsWith('.jit');
  const content = {
    ...(program ? { program } : { under: 'state_dict' }),
    tensors: tensors.map(({ name, shape }, n) => ({
      ...{
        name: program ? name : `module.${name}`,
        shape,
        storage: `${n}`,
        offset: 0,
        strides: rowMajor(shape),
      },
    })),
    storages: new Map(tensors.map(({ values }, n) => [`${n}`, storageOf('Float', values)])),
  };
  writeZip(path, checkpointMembers(content));
  return path;
}

const importing = (
  checkpoint: string,
  out: string,
  more: Partial<ImportOptions> = {},
): ReturnType<typeof importCheckpoint> =>
  importCheckpoint({ checkpoint, out: join(folder, out), ...more });

describe.each(BACKBONE_NAMES)('the towers of %s alone', (backbone) => {
  it.each(['pt', 'bin', 'safetensors', 'jit'])(
    'are imported from .%s with adapters that learned nothing',
    async (kind) => {
      const all = towers(backbone);
      const bundle = await importing(save(`${backbone}.${kind}`, all), `${backbone}-from-${kind}`);
      expect(bundle.architecture).toEqual(towersOf(backbone));
      expect(bundle.json.untrained).toBe(true);
      for (const name of tensorShapes(bundle.architecture).keys()) {
        const values = readFloats(bundle.fileOf(name), name);
        const source = all.find((t) => t.name === WILD[backbone](name));
        if (source) expect(values, name).toEqual(source.values);
        else expect(isTrainable(name), name).toBe(true);
      }
    },
  );

  it('give the same model from every kind of file', async () => {
    const [a, b] = [
      await importing(save(`${backbone}-1.pt`, towers(backbone)), `${backbone}-1`),
      await importing(save(`${backbone}-2.safetensors`, towers(backbone)), `${backbone}-2`),
    ];
    expect(b.family).toBe(a.family);
    expect(b.json.files['adapters.safetensors']).toEqual(a.json.files['adapters.safetensors']);
  });
});

/** The towers of CLIP as the transformers library saves them. */
function transformersClip(): Named[] {
  const layer = (name: string): string =>
    name
      .replace('transformer.resblocks', 'encoder.layers')
      .replace('.ln_', '.layer_norm')
      .replace('.attn.out_proj', '.self_attn.out_proj')
      .replace('c_fc', 'fc1')
      .replace('c_proj', 'fc2');
  const NAMES: Readonly<Record<string, string>> = {
    'token_embedding.weight': 'text_model.embeddings.token_embedding.weight',
    'visual.class_embedding': 'vision_model.embeddings.class_embedding',
    'visual.positional_embedding': 'vision_model.embeddings.position_embedding.weight',
    'visual.conv1.weight': 'vision_model.embeddings.patch_embedding.weight',
    positional_embedding: 'text_model.embeddings.position_embedding.weight',
    'visual.proj': 'visual_projection.weight',
    text_projection: 'text_projection.weight',
  };
  return towers('clip').flatMap(({ name, shape, values }): Named[] => {
    const known = NAMES[name];
    if (known?.endsWith('projection.weight')) {
      const [rows, columns] = shape as [number, number];
      const turned = values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!);
      return [{ name: known, shape: [columns, rows], values: turned }];
    }
    if (known !== undefined) return [{ name: known, shape, values }];
    const full = name
      .replace(/^visual\./, 'vision_model.')
      .replace(/^(?=transformer|ln_final)/, 'text_model.')
      .replace('ln_pre', 'pre_layrnorm')
      .replace('ln_post', 'post_layernorm')
      .replace('ln_final', 'final_layer_norm');
    const fused = /^(.*)\.attn\.in_proj_(weight|bias)$/.exec(full);
    if (fused === null) return [{ name: layer(full), shape, values }];
    return ['q', 'k', 'v'].map((part, n) => ({
      name: `${layer(fused[1]!)}.self_attn.${part}_proj.${fused[2]}`,
      shape: [shape[0]! / 3, ...shape.slice(1)],
      values: values.slice((n * values.length) / 3, ((n + 1) * values.length) / 3),
    }));
  });
}

it('towers of CLIP are the same model as transformers saves them', async () => {
  const a = await importing(save('openai.pt', towers('clip')), 'openai');
  const b = await importing(save('hub.safetensors', transformersClip()), 'hub');
  expect(b.family).toBe(a.family);
});

it('fresh adapters begin as PyTorch’s layers do', async () => {
  const bundle = await importing(save('fresh.pt', towers('clip')), 'fresh');
  const read = (name: string): Float32Array => readFloats(bundle.fileOf(name), name);
  const attention = 'pvl_adapters.0.two_way.cross_attn_img_to_txt';
  expect([...read(`${attention}.gate`)]).toEqual([0]);
  expect(new Set(read(`${attention}.norm_k.weight`))).toEqual(new Set([1]));
  expect(new Set(read('upscale.0.norm.bias'))).toEqual(new Set([0]));
  // Inputs of a layer: of a linear one, of a transposed convolution (by its outputs), of 3 × 3 pixels.
  for (const [name, inputs] of [
    ['pvl_adapters.0.proj_vis_down.0.weight', 128],
    [`${attention}.k_proj.bias`, 16],
    ['upscale.0.conv1.weight', 4 * 32],
    ['upscale.0.conv1.bias', 4 * 32],
    ['upscale.0.conv2.weight', 9],
  ] as const) {
    const largest = read(name).reduce((m, v) => Math.max(m, Math.abs(v)), 0) * Math.sqrt(inputs);
    expect(largest, name).toBeLessThanOrEqual(1);
    expect(largest, name).toBeGreaterThan(0.8);
  }
});

describe('a checkpoint that is no model', () => {
  const without = (pattern: RegExp): Named[] =>
    towers('clip').filter(({ name }) => !pattern.test(name));
  const changed = (change: (t: Named) => Named): Named[] => towers('clip').map(change);
  const broken = changed((t) =>
    t.name === 'visual.transformer.resblocks.2.ln_1.weight'
      ? { ...t, values: t.values.map((v, i) => (i === 3 ? NaN : v)) }
      : t,
  );
  it.each<[string, Named[], string, RegExp, RegExp]>([
    [
      'of another kind',
      [{ name: 'layer1.0.conv1.weight', shape: [2], values: new Float32Array(2) }],
      'not-a-model',
      /layer1\.0\.conv1\.weight/,
      /BiomedCLIP/,
    ],
    ['with one tower', without(/^visual\./), 'unknown-architecture', /two towers/, /--config/],
    [
      'with a layer missing',
      without(/resblocks\.2\.ln_1\.bias/),
      'missing-tensor',
      /resblocks\.2\.ln_1\.bias/,
      /another/,
    ],
    [
      'with a weight that is no number',
      broken,
      'bad-tensor-values',
      /resblocks\.2\.ln_1\.weight.*NaN/,
      /another checkpoint/,
    ],
    [
      'whose heads nobody knows',
      changed((t) =>
        t.name.startsWith('visual')
          ? t
          : {
              ...t,
              shape: t.shape.map((d) => (d === 64 ? 48 : d)),
              values: new Float32Array(t.shape.reduce((n, d) => n * (d === 64 ? 48 : d), 1)),
            },
      ),
      'unknown-architecture',
      /heads the text tower has: its width 48/,
      /--heads/,
    ],
  ])('%s is refused in words', async (what, tensors, code, message, hint) => {
    for (const kind of ['pt', 'safetensors']) {
      const path = save(`${what}.${kind}`, tensors);
      expect(await refusal(() => importing(path, 'refused'))).toMatchObject({
        code,
        message: expect.stringMatching(message),
        hint: expect.stringMatching(hint),
      });
    }
  });
});
