/**
 * npm run bench: seconds a pass and seconds for 30 samples, peak memory, and the FLOP/s reached
 * as a share of the machine's dense matrix product measured in the same run.
 */
import { rmSync } from 'node:fs';
import { fuse, segment } from '../../src/main/engine/medclipseg/forward.ts';
import { visionTokens, type Architecture } from '../../src/main/engine/medclipseg/config.ts';
import { openModel } from '../../src/main/engine/medclipseg/open.ts';
import { noiseSource } from '../../src/main/engine/runtime/noise.ts';
import { input } from '../../src/main/engine/tensor/index.ts';
import type { AdapterNoise } from '../../src/main/engine/medclipseg/adapter.ts';
import type { Weights } from '../../src/main/engine/medclipseg/weights.ts';
import { countFlops } from './flops.ts';
import { bestSeconds, describeMachine, peakFlops } from './machine.ts';
import { COMPACT_SIZE, FULL_SIZE, PROMPT, randomModel } from './model-files.ts';

const SAMPLES = 30;

function passFlops(a: Architecture, weights: Weights): number {
  const noise: AdapterNoise[] = a.fusionLayers.map((_, k) => ({
    imgToTxt: input(`i${k}`, [1, a.context, a.adapter]),
    txtToImg: input(`t${k}`, [1, visionTokens(a), a.adapter]),
  }));
  const tokens = fuse(
    {
      image: input('image', [1, visionTokens(a), a.visionWidth]),
      text: input('text', [1, a.context, a.textWidth]),
    },
    input('mask', [1, a.context]),
    noise,
    weights,
    a,
    { realTokens: input('real', [1], 'int64') },
  );
  const { logits } = segment(tokens, weights, a);
  return countFlops([logits], { real: PROMPT });
}

async function bench(name: string, a: Architecture, batch: number): Promise<void> {
  const { folder, weights, bytes } = randomModel(a);
  try {
    const before = await peakFlops();
    const model = await openModel(a, weights, { device: 'cpu', folder });
    const image = await model.encodeImage(new Float32Array(3 * a.image ** 2).fill(0.1));
    const prompt = await model.encodePrompt(
      Array.from({ length: a.context }, (_, i) => (i < PROMPT ? 5 + i : 0)),
      Array.from({ length: a.context }, (_, i) => (i < PROMPT ? 1 : 0)),
    );
    const mean = await bestSeconds(() => model.forward([{ image, prompt, noise: null }]));
    const samples = await bestSeconds(async () => {
      for (let s = 0; s < SAMPLES; s += batch) {
        await model.forward(
          Array.from({ length: Math.min(batch, SAMPLES - s) }, (_, i) => ({
            image,
            prompt,
            noise: noiseSource({ seed: 0, slice: 'bench', prompt: 'bench', sample: s + i }),
          })),
        );
      }
    }, 2);
    const peak = Math.max(before, await peakFlops());
    const flops = passFlops(a, weights);
    const rate = (SAMPLES * flops) / samples;
    await model.dispose();
    const row = (label: string, value: string): void =>
      console.log(`  ${label.padEnd(34)}${value}`);
    console.log(`${name} (${(bytes / 4e6).toFixed(1)} million parameters)`);
    row('first mask: mean pass', `${mean.toFixed(3)} s`);
    row(`${SAMPLES} samples, batches of ${batch}`, `${samples.toFixed(2)} s`);
    row('a sample', `${(samples / SAMPLES).toFixed(3)} s, ${(flops / 1e9).toFixed(1)} GFLOP`);
    row('reached', `${(rate / 1e9).toFixed(0)} GFLOP/s`);
    row('dense matrix product', `${(peak / 1e9).toFixed(0)} GFLOP/s`);
    row('share of it', `${((100 * rate) / peak).toFixed(0)} %`);
    row('peak memory of the process', `${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

console.log(describeMachine());
await bench('compact', COMPACT_SIZE, 10);
if (!process.argv.includes('--compact'))
  await bench('full size: ViT-B/16 + BERT-base, context 256', FULL_SIZE, 5);
