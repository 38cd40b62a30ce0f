import { bundleWeights, openBundle } from '../bundle/bundle.ts';
import { loadTokenizer } from '../bundle/tokenizer.ts';
import { openModel } from '../medclipseg/open.ts';
import type { EngineBundle } from './serve.ts';

/** Opens and checks a bundle's folder. Its tokenizer is needed from the first prompt on only. */
export async function readEngineBundle(folder: string): Promise<EngineBundle> {
  const bundle = await openBundle(folder);
  const { mean, std } = bundle.json.preprocessing;
  let tokenize: ReturnType<typeof loadTokenizer> | undefined;
  return {
    rules: {
      mean,
      std,
      tokenize: (prompt) => (tokenize ??= loadTokenizer(bundle))(prompt),
    },
    open: (device) => openModel(bundle.architecture, bundleWeights(bundle), { device, folder }),
  };
}
