import { openBundle, type Bundle } from '../../../engine/bundle/bundle.ts';
import { markInUse } from '../../../engine/bundle/in-use.ts';
import type { EngineSpawner } from '../../../engine/process/spawn.ts';
import { startEngine } from '../../../engine/process/supervisor.ts';
import { chooseDevice, type DeviceChoice } from '../../../engine/runtime/devices.ts';
import { keyedState, nextInt32 } from '../../../../shared/random.ts';
import { keepMeasurement, type Measurement } from './measurements.ts';

export interface MeasureOptions {
  readonly spawn: EngineSpawner;
  readonly device: DeviceChoice;
  /** Most samples of a picture, as for suggestions. */
  readonly samples: number;
  /** Seconds from any beginning. */
  readonly now: () => number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (text: string) => void;
}

/** Read by any tokenizer; how long a prompt is costs nothing, as it is padded. */
const PROMPT = 'a lesion';

/**
 * Suggests one label in a picture of noise as large as the model's input, in a process of its own,
 * after one picture that is not timed. What was measured is kept for this machine.
 * @throws MarginaliaError as `openBundle`, `startEngine`, `cancelled`.
 */
export async function measureModel(folder: string, options: MeasureOptions): Promise<Measurement> {
  const { spawn, samples, now, signal, onProgress } = options;
  onProgress?.('Checking the files of the model');
  const bundle = await openBundle(folder);
  const device = await chooseDevice(options.device, { spawn });
  const release = markInUse(folder);
  const engine = startEngine({ spawn });
  try {
    onProgress?.('Loading the model');
    const place = await engine.load(folder, device);
    const seconds = async (picture: string, most: number): Promise<number> => {
      const begin = now();
      const request = requestOf(bundle, picture, most);
      await engine.predict(request, signal && { signal }).result;
      return now() - begin;
    };
    onProgress?.('Suggesting in a picture of noise');
    await seconds('warm', 1);
    const firstMaskSeconds = await seconds('first mask', 0);
    const pictureSeconds = await seconds('picture', samples);
    const memoryBytes = await engine.peakMemory();
    const when = new Date().toISOString();
    const measured = {
      device: place,
      when,
      firstMaskSeconds,
      pictureSeconds,
      samples,
      memoryBytes,
    };
    keepMeasurement(bundle.variant.hash, measured);
    return measured;
  } finally {
    await engine.close();
    release();
  }
}

function requestOf({ json }: Bundle, picture: string, samples: number) {
  const side = json.architecture.image;
  const noise = keyedState(picture);
  return {
    slice: {
      channels: 1 as const,
      rows: side,
      columns: side,
      pixels: new Uint8Array(side * side).map(() => nextInt32(noise)),
      window: { centre: 128, width: 256 },
    },
    prompts: [json.prompts[0]?.prompt ?? PROMPT],
    samples,
    seed: 0,
    sliceKey: picture,
    tolerance: 0,
    priority: 1,
    preview: false,
  };
}
