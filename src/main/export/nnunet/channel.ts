import type { Channels } from '../../../shared/image/index.ts';

/** What a header says of the contrast of a series. */
export interface AboutContrast {
  readonly channels: Channels;
  /** DICOM Modality (0008,0060). */
  readonly modality: string;
  readonly description: string;
  readonly protocol: string;
}

/** Sequences by the words of their descriptions; what comes first is looked for first. */
const SEQUENCES = [
  [/flair/i, 'FLAIR'],
  [/(^|[^a-z])adc([^a-z]|$)/i, 'ADC'],
  [/(^|[^a-z])(dwi|diffusion|trace)([^a-z]|$)/i, 'DWI'],
  [/(^|[^a-z])swi([^a-z]|$)/i, 'SWI'],
  [/(^|[^a-z])stir([^a-z]|$)/i, 'STIR'],
  [/(^|[^a-z0-9])t2(\*|_?star)/i, 'T2star'],
  [/(^|[^a-z0-9])t1w?([^a-z0-9]|$)/i, 'T1'],
  [/(^|[^a-z0-9])t2w?([^a-z0-9]|$)/i, 'T2'],
  [/(^|[^a-z])pdw?([^a-z]|$)/i, 'PD'],
] as const;

/**
 * The name of a channel in dataset.json. nnU-Net normalises by it: “CT” by the intensities of the
 * whole dataset, all others image by image (z-score). “rgb_to_0_1” divides by 255;
 * each channel of a picture in colour is called so. From a fixed list of words, or the modality: free text of a
 * header may name a patient.
 */
export function channelName({ channels, modality, description, protocol }: AboutContrast): string {
  if (channels === 3) return 'rgb_to_0_1';
  if (modality !== 'MR') return /^[A-Z]{2,6}$/.test(modality) ? modality : 'image';
  const text = `${description} ${protocol}`;
  return SEQUENCES.find(([pattern]) => pattern.test(text))?.[1] ?? 'MR';
}
