import type { ForwardItem, ImageCode, PromptCode, SegmentationModel } from '../medclipseg/model.ts';
import type { Device } from './session.ts';

/** A model that moves to the processor when its device fails. */
export interface FallbackModel extends SegmentationModel {
  /** Where it runs by now. */
  readonly device: Device;
}

/** What a code was made from, since codes of one device mean nothing to another. */
interface KeptImage extends ImageCode {
  readonly image: Float32Array;
}

interface KeptPrompt extends PromptCode {
  readonly ids: readonly number[];
  readonly attentionMask: readonly number[];
}

/**
 * Opens a model on a device. Where that fails, or a later call throws or gives numbers that are
 * not finite, the model is opened on the CPU, the call repeated there, and `onFallback` told why.
 * Errors on the CPU are the caller's.
 */
export async function openModelWithFallback(
  open: (device: Device) => Promise<SegmentationModel>,
  device: Device,
  onFallback: (device: Device, reason: string) => void,
): Promise<FallbackModel> {
  let current = device;
  let codes = new WeakMap<KeptImage | KeptPrompt, ImageCode | PromptCode>();

  const fallBack = async (error: unknown): Promise<SegmentationModel> => {
    if (current === 'cpu') throw error;
    const opened = await open('cpu');
    onFallback(current, error instanceof Error ? error.message : String(error));
    current = 'cpu';
    codes = new WeakMap();
    return opened;
  };

  let model = await open(device).catch(fallBack);

  const attempt = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      const failed = model;
      model = await fallBack(error);
      // It has failed already: what happens while it is put away says nothing new.
      await failed.dispose().catch(() => undefined);
      return call();
    }
  };

  const imageCode = async (kept: KeptImage): Promise<ImageCode> => {
    const code =
      (codes.get(kept) as ImageCode | undefined) ?? (await model.encodeImage(kept.image));
    codes.set(kept, code);
    return code;
  };
  const promptCode = async (kept: KeptPrompt): Promise<PromptCode> => {
    const code =
      (codes.get(kept) as PromptCode | undefined) ??
      (await model.encodePrompt(kept.ids, kept.attentionMask));
    codes.set(kept, code);
    return code;
  };
  const forward = async (items: readonly ForwardItem[]): Promise<Float32Array> => {
    const translated: ForwardItem[] = [];
    for (const { image, prompt, noise } of items) {
      translated.push({
        image: await imageCode(image as KeptImage),
        prompt: await promptCode(prompt as KeptPrompt),
        noise,
      });
    }
    const logits = await model.forward(translated);
    if (current !== 'cpu' && !logits.every(Number.isFinite)) {
      throw new RangeError('the device computed numbers that are not finite');
    }
    return logits;
  };

  return {
    architecture: model.architecture,
    get device() {
      return current;
    },
    async encodeImage(image): Promise<KeptImage> {
      const kept: KeptImage = { kind: 'image', image };
      await attempt(() => imageCode(kept));
      return kept;
    },
    async encodePrompt(ids, attentionMask): Promise<KeptPrompt> {
      const kept: KeptPrompt = { kind: 'prompt', ids, attentionMask };
      await attempt(() => promptCode(kept));
      return kept;
    },
    forward: (items) => attempt(() => forward(items)),
    dispose: () => model.dispose(),
  };
}
