import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { MarginaliaError } from '../../../shared/errors.ts';
import type { LearningSlice } from '../learn/types.ts';
import type { Slice } from '../preprocess.ts';
import type { Bundle } from './bundle.ts';
import { describeProblem } from './model-json.ts';
import { openSafetensors, readFloats } from './safetensors.ts';

/** Cases that a bundle brings so that learning does not forget them. */
export const REPLAY_FILE = 'replay.safetensors';

/** In the file's metadata, as JSON: for every mask its image and its prompt. */
export const REPLAY_PAIRS = 'pairs';
const Pairs = z.array(
  z.object({ image: z.number().int().nonnegative(), prompt: z.string().min(1) }),
);

/**
 * Reads `images` U8 [n, S, S] or, in colour, [n, S, S, 3] (red, green, blue) as the model sees them
 * and `masks` U8 [m, S, S], one for each pair.
 * @returns nothing where the bundle has no such file.
 * @throws MarginaliaError `bad-replay`, `bad-safetensors`.
 */
export function readReplay(bundle: Bundle): LearningSlice[] {
  const path = join(bundle.folder, REPLAY_FILE);
  if (bundle.json.files[REPLAY_FILE] === undefined || !existsSync(path)) return [];
  const file = openSafetensors(path);
  const side = bundle.architecture.image;
  const pixels = side * side;
  try {
    const pairs = Pairs.parse(JSON.parse(file.metadata[REPLAY_PAIRS] ?? ''));
    const images = Uint8Array.from(readFloats(file, 'images'));
    const masks = Uint8Array.from(readFloats(file, 'masks'));
    const channels = file.tensors.get('images')!.shape[3] ?? 1;
    if (channels !== 1 && channels !== 3) throw new RangeError(`images have ${channels} channels`);
    const count = images.length / (pixels * channels);
    if (!Number.isInteger(count) || masks.length !== pairs.length * pixels) {
      throw new RangeError(
        `${images.length} and ${masks.length} bytes do not fit ${pairs.length} pairs`,
      );
    }
    const stride = pixels * channels;
    return Array.from({ length: count }, (_, n) => ({
      slice: sliceOf(channels, side, images.subarray(n * stride, (n + 1) * stride)),
      targets: pairs.flatMap(({ image, prompt }, m) =>
        image === n ? [{ prompt, mask: masks.subarray(m * pixels, (m + 1) * pixels) }] : [],
      ),
    })).filter(({ targets }) => targets.length > 0);
  } catch (error) {
    if (error instanceof MarginaliaError) throw error;
    throw new MarginaliaError(
      'bad-replay',
      `${path} does not hold cases to repeat: ${describeProblem(error)}.`,
      'Import or download the bundle again.',
    );
  }
}

function sliceOf(channels: 1 | 3, side: number, pixels: Uint8Array): Slice {
  const size = { rows: side, columns: side, pixels };
  // Of 8-bit values this window changes nothing (DICOM PS3.3 C.11.2.1.2.1).
  return channels === 3
    ? { channels, ...size }
    : { channels, ...size, window: { centre: 128, width: 256 } };
}
