import type { ImageInfo } from '../../../shared/image/index.ts';

/** A prompt that a bundle or the user has for a label name. */
export interface NamedPrompt {
  readonly label: string;
  readonly prompt: string;
  readonly modality?: string | undefined;
}

type About = Pick<ImageInfo, 'modality' | 'bodyPart' | 'description' | 'protocol'>;

/** As radiologists say them; others stand as they are in the header. */
const MODALITIES: Readonly<Record<string, string>> = {
  MR: 'MRI',
  PT: 'PET',
  US: 'ultrasound',
  CR: 'X-ray',
  DX: 'X-ray',
  MG: 'mammogram',
};

/** DICOM's defined terms (PS3.16 Annex L) as adjectives; others are written in lower case. */
const BODY_PARTS: Readonly<Record<string, string>> = {
  ABDOMEN: 'abdominal',
  ABDOMENPELVIS: 'abdominal',
  CHEST: 'chest',
  CHESTABDPELVIS: 'whole-trunk',
  PELVIS: 'pelvic',
  HEAD: 'head',
  BRAIN: 'brain',
  HEADNECK: 'head and neck',
  CSPINE: 'cervical spine',
  TSPINE: 'thoracic spine',
  LSPINE: 'lumbar spine',
};

/** Sequences that change what tissue looks like, as descriptions name them. */
const SEQUENCES = [
  [/\bflair\b/i, 'FLAIR'],
  [/\b(dwi|diffusion|adc)\b/i, 'diffusion-weighted'],
  [/\bt1\b|_t1_|t1w/i, 'T1-weighted'],
  [/\bt2\b|_t2_|t2w/i, 'T2-weighted'],
] as const;

/**
 * A prompt for a label in a series: the one listed under that name, else a sentence of the
 * header's modality, sequence and body part: “liver in an abdominal CT”.
 */
export function proposePrompt(name: string, about: About, prompts: readonly NamedPrompt[]): string {
  const wanted = name.trim();
  const fitting = prompts.filter(
    ({ label, modality }) =>
      label.toLowerCase() === wanted.toLowerCase() &&
      (modality ?? about.modality) === about.modality,
  );
  if (fitting[0] !== undefined) return fitting[0].prompt;
  const where = [sequenceOf(about), bodyPartOf(about), modalityOf(about)].filter(Boolean).join(' ');
  if (wanted === '' || where === '') return wanted;
  return `${wanted} in ${article(where)} ${where}`;
}

const modalityOf = ({ modality }: About): string => MODALITIES[modality] ?? modality;

function bodyPartOf({ bodyPart }: About): string {
  const term = bodyPart.toUpperCase().replace(/[^A-Z0-9]/g, '');
  return BODY_PARTS[term] ?? bodyPart.trim().toLowerCase();
}

function sequenceOf({ modality, description, protocol }: About): string {
  if (modality !== 'MR') return '';
  const text = `${description} ${protocol}`;
  return SEQUENCES.find(([pattern]) => pattern.test(text))?.[1] ?? '';
}

/** By how the word is spoken: an MRI, an X-ray, an ultrasound; a CT, a FLAIR. */
const article = (words: string): string =>
  /^(?:[aeio]|u(?!n[iï])|MR|X-)/i.test(words) ? 'an' : 'a';
