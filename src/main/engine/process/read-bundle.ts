import { bundleWeights, openBundle, readTrainable } from '../bundle/bundle.ts';
import { loadTokenizer } from '../bundle/tokenizer.ts';
import { readReplay } from '../bundle/replay.ts';
import { learn } from '../learn/learn.ts';
import { openModel } from '../medclipseg/open.ts';
import type { InputRules } from '../predict/codes.ts';
import type { EngineBundle } from './serve.ts';

/** Opens and checks a bundle's folder. Its tokenizer is needed from the first prompt on only. */
export async function readEngineBundle(
  folder: string,
  adapters?: string,
  threads?: number,
): Promise<EngineBundle> {
  const where = { folder, ...(threads === undefined ? {} : { threads }) };
  const bundle = await openBundle(folder, adapters);
  const { channelOrder, mean, std } = bundle.json.preprocessing;
  let tokenize: ReturnType<typeof loadTokenizer> | undefined;
  const rules: InputRules = {
    channelOrder,
    mean,
    std,
    tokenize: (prompt) => (tokenize ??= loadTokenizer(bundle))(prompt),
  };
  return {
    rules,
    learn: (job, device, hooks) =>
      learn(
        {
          architecture: bundle.architecture,
          weights: bundleWeights(bundle),
          parameters: readTrainable(bundle),
          rules,
          ...where,
        },
        { ...job, replay: job.settings.replay > 0 ? readReplay(bundle) : [] },
        device,
        hooks,
      ),
    open: (device) => openModel(bundle.architecture, bundleWeights(bundle), { device, ...where }),
  };
}
