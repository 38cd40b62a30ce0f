import { BERT } from './bert.ts';
import { CLIP_TEXT } from './clip-text.ts';
import type { Architecture, BackboneName } from './config.ts';
import type { TextTower } from './text.ts';
import { CLIP_VISION, DENSE_CLIP_VISION, TIMM_VISION, type VisionTower } from './vision.ts';

/** The frozen towers of a published model, and what it does with them in its own way. */
export interface Backbone {
  readonly vision: VisionTower;
  readonly text: TextTower;
  /** Adapters that are listed for layers before this one do not act. */
  readonly firstAdapter: number;
  /** Whether what the published code calls image features begins with the class token. */
  readonly classFeatures: boolean;
}

const BACKBONES: Readonly<Record<BackboneName, Backbone>> = {
  unimedclip: { vision: CLIP_VISION, text: BERT, firstAdapter: 0, classFeatures: true },
  clip: { vision: DENSE_CLIP_VISION, text: CLIP_TEXT, firstAdapter: 0, classFeatures: false },
  biomedclip: { vision: TIMM_VISION, text: BERT, firstAdapter: 1, classFeatures: true },
};

export const backboneOf = ({ backbone }: Pick<Architecture, 'backbone'>): Backbone =>
  BACKBONES[backbone ?? 'unimedclip'];

/** An adapter that acts. */
export interface Fusion {
  /** Layer before which the towers meet. */
  readonly layer: number;
  /** Number of the adapter, by which its tensors and its noise are called. */
  readonly adapter: number;
}

/** Where the towers meet, in order. */
export function fusionsOf(a: Architecture): Fusion[] {
  const { firstAdapter } = backboneOf(a);
  return a.fusionLayers
    .map((layer, adapter) => ({ layer, adapter }))
    .filter(({ layer }) => layer >= firstAdapter);
}
