import { describe, expect, it } from 'vitest';
import { webgpuMissing } from '../../support/webgpu.ts';
import { cases } from './cases.ts';
import { evaluate, randomInputs, relativeError } from './harness.ts';

const reason = await webgpuMissing();
/** One of every family of operators; the rest are compositions of these. */
const representative = [
  'add with broadcasting',
  'sum over the first axis',
  'transpose',
  'slice',
  'pad',
  'concat',
  'gather',
  'matmul, batched against one',
  'linear',
  'softmax',
  'layerNorm',
  'gelu',
  'quickGelu',
  'multi-head attention with a bias',
  'depthwise 3×3',
  'upsample 2×2',
  'bilinear resize, larger',
];

describe.skipIf(reason !== undefined)(
  `on the WebGPU provider${reason ? `: skipped, ${reason}` : ''}`,
  () => {
    it.each(cases.filter((c) => representative.includes(c.name)))('$name', async (c) => {
      const gpu = await evaluate(c, 'webgpu');
      const cpu = await evaluate(c, 'cpu');
      expect(relativeError(gpu.y, c.naive(...randomInputs(c)))).toBeLessThan(1e-5);
      cpu.gradients.forEach((g, i) =>
        expect(relativeError(gpu.gradients[i]!, g)).toBeLessThan(1e-5),
      );
      await gpu.dispose();
      await cpu.dispose();
    });
  },
);
