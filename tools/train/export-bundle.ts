/**
 * Makes a bundle of what train.ts has learned so far (its averaged weights), stored as float16, with
 * phantoms to repeat when it learns. Other files in the folder (MODEL_CARD.md) become part of it.
 *
 *   npx tsx tools/train/export-bundle.ts --train results/train --out resources/models/default
 */
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { openBundle, sha256 } from '../../src/main/engine/bundle/bundle.ts';
import {
  ADAPTERS_FILE,
  MODEL_FILE,
  TOKENIZER_FILE,
  WEIGHTS_FILE,
} from '../../src/main/engine/bundle/file-names.ts';
import { ModelJson } from '../../src/main/engine/bundle/model-json.ts';
import { writeSafetensors } from '../../src/main/engine/bundle/safetensors.ts';
import { isTrainable } from '../../src/main/engine/medclipseg/config.ts';
import { tensorShapes } from '../../src/main/engine/medclipseg/shapes.ts';
import { compactArchitecture } from './architecture.ts';
import { vocabulary } from './data/prompts.ts';
import { writeReplay } from './replay.ts';
import { readTrainState } from './state.ts';
import { tokenizerJson } from './tokens.ts';

const { values: args } = parseArgs({
  options: {
    train: { type: 'string', default: 'results/train' },
    out: { type: 'string', default: 'resources/models/default' },
  },
});
const architecture = compactArchitecture(vocabulary().length);
const shapes = tensorShapes(architecture);
const state = readTrainState(join(args.train, 'state.bin'), architecture);
mkdirSync(args.out, { recursive: true });

for (const [file, wanted] of [
  [WEIGHTS_FILE, (name: string) => !isTrainable(name)],
  [ADAPTERS_FILE, isTrainable],
] as const) {
  writeSafetensors(
    join(args.out, file),
    [...shapes]
      .filter(([name]) => wanted(name))
      .map(([name, shape]) => ({
        name,
        shape,
        dtype: 'F16' as const,
        values: () => state.average.get(name)!,
      })),
  );
}
writeReplay(args.out);
writeFileSync(join(args.out, TOKENIZER_FILE), `${JSON.stringify(tokenizerJson(), null, 1)}\n`);

const files: ModelJson['files'] = {};
for (const name of readdirSync(args.out)
  .filter((f) => f !== MODEL_FILE)
  .sort()) {
  const path = join(args.out, name);
  files[name] = { sha256: await sha256(path), bytes: statSync(path).size };
}
const organ = (label: string) => ({
  label,
  prompt: `${label} in an abdominal CT`,
  modality: 'CT',
  byDefault: true,
});
const json = ModelJson.parse({
  format: 'marginalia-model',
  formatVersion: 1,
  name: basename(args.out),
  version: '1',
  description:
    'Compact MedCLIPSeg: hippocampus in brain MR, organs and lesions in CT-like phantoms.',
  architecture,
  preprocessing: {
    channelOrder: 'BGR',
    resize: 'opencv-linear',
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
    window: { CT: { centre: 40, width: 400 }, default: { percentiles: [0.5, 99.5] } },
    planes: { CT: ['acquired'], default: ['axial', 'coronal', 'sagittal'] },
  },
  tokenizer: { kind: 'wordpiece', padId: 0 },
  prompts: [
    {
      label: 'hippocampus',
      prompt: 'hippocampus in a brain MR',
      modality: 'MR',
      byDefault: true,
    },
    { label: 'anterior hippocampus', prompt: 'anterior hippocampus in a brain MR', modality: 'MR' },
    {
      label: 'posterior hippocampus',
      prompt: 'posterior hippocampus in a brain MR',
      modality: 'MR',
    },
    organ('liver'),
    organ('left kidney'),
    organ('right kidney'),
    organ('spleen'),
    { ...organ('lesion'), prompt: 'focal liver lesion in an abdominal CT' },
  ],
  licence: 'weights: CC BY-SA 4.0 (trained in part on the Medical Segmentation Decathlon)',
  provenance: { trainedWith: 'tools/train/train.ts', steps: state.step },
  files,
});
writeFileSync(join(args.out, MODEL_FILE), `${JSON.stringify(json, null, 2)}\n`);
const bundle = await openBundle(args.out);
const bytes = readdirSync(args.out).reduce((n, f) => n + statSync(join(args.out, f)).size, 0);
console.log(
  `${args.out}: step ${state.step}, ${(bytes / 1e6).toFixed(1)} MB, ${bundle.hash.slice(0, 12)}`,
);
