import type { Grid } from '../../shared/volume.ts';
import type { Mesh } from './extract.ts';

/** Messages to the thread of surfaces. Slices are sent before the labels that need them. */
export type ToWorker =
  | { readonly kind: 'volume'; readonly grid: Grid; readonly most: number | undefined }
  | { readonly kind: 'slice'; readonly index: number; readonly labels: Uint8Array }
  | { readonly kind: 'label'; readonly value: number };

/** Each label that was asked for is answered once, in order. */
export type FromWorker =
  | { readonly kind: 'surface'; readonly value: number; readonly mesh: Mesh | null }
  | { readonly kind: 'failed'; readonly value: number; readonly message: string };
