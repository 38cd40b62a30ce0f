import type { Bundle } from '../main/engine/bundle/bundle.ts';
import { loadTokenizer } from '../main/engine/bundle/tokenizer.ts';
import { loadModel } from '../main/engine/load.ts';
import { createPredictor } from '../main/engine/predict.ts';
import type { Predict } from '../main/services/segment-volume.ts';

export async function withPredictor<T>(
  bundle: Bundle,
  _device: string,
  work: (engine: { predict: Predict; device: string }) => Promise<T>,
): Promise<T> {
  const model = await loadModel(bundle, 'cpu');
  const { mean, std } = bundle.json.preprocessing;
  const predictor = createPredictor({ model, mean, std, tokenize: loadTokenizer(bundle) });
  try {
    return await work({ predict: (r, f) => predictor.predict(r, f), device: 'cpu' });
  } finally {
    await predictor.dispose();
    await model.dispose();
  }
}
