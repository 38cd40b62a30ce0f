import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createAccumulator } from '../../src/shared/uncertainty.ts';
import { describeShared } from '../support/shared-data.ts';

/** Float32 tensors of a safetensors file, by name. */
function readTensors(path: string): (name: string) => Float32Array {
  const bytes = readFileSync(path);
  const headerEnd = 8 + Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.toString('utf8', 8, headerEnd)) as Record<
    string,
    { data_offsets: [number, number] }
  >;
  return (name) => {
    const [begin, end] = header[name]!.data_offsets;
    return new Float32Array(
      new Uint8Array(bytes.subarray(headerEnd + begin, headerEnd + end)).buffer,
    );
  };
}

describeShared('uncertainty of the published model', ['reference'], (folder) => {
  it.each(['tiny-a', 'small-a', 'wide-a'])('is reproduced from its logits (%s)', (name) => {
    const tensor = readTensors(join(folder, name, 'io.safetensors'));
    const accumulator = createAccumulator(tensor('sample.0.logits').length);
    for (let s = 0; s < 4; s++) accumulator.add(tensor(`sample.${s}.logits`));
    const { probability, total, aleatoric, epistemic } = accumulator.maps();
    const pairs: readonly (readonly [Float32Array, string])[] = [
      [probability, 'mean_probability'],
      [total, 'entropy'],
      [aleatoric, 'aleatoric'],
      [epistemic, 'epistemic'],
    ];
    for (const [ours, key] of pairs) {
      const theirs = tensor(key);
      expect(ours.length).toBe(theirs.length);
      const worst = ours.reduce((max, v, i) => Math.max(max, Math.abs(v - theirs[i]!)), 0);
      expect(worst, key).toBeLessThan(1e-6);
    }
  });
});
