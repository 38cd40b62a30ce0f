import { bundleWeights, type Bundle } from './bundle/bundle.ts';
import { openModel, type OpenedModel } from './medclipseg/open.ts';
import type { Device } from './runtime/session.ts';

/** Compiles a bundle for a device. */
export function loadModel(bundle: Bundle, device: Device, threads?: number): Promise<OpenedModel> {
  return openModel(bundle.architecture, bundleWeights(bundle), {
    device,
    folder: bundle.folder,
    ...(threads === undefined ? {} : { threads }),
  });
}
