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
 * header's modality, sequence and body part: “liver in an abdominal CT”. Of these the first one that
 * the model can read; where a name is too long by itself, its first words.
 * @param isReadable whether a prompt fits into the context of the model.
 */
export function proposePrompt(
  name: string,
  about: About,
  prompts: readonly NamedPrompt[],
  isReadable: (prompt: string) => boolean,
): string {
  const wanted = name.trim();
  const fitting = prompts.filter(
    ({ label, modality }) =>
      label.toLowerCase() === wanted.toLowerCase() &&
      (modality ?? about.modality) === about.modality,
  );
  const facts = [sequenceOf(about), bodyPartOf(about), modalityOf(about)];
  const proposals = [
    ...fitting.map(({ prompt }) => prompt),
    // What is said of the image gives way from the front: the modality is the last to go.
    ...facts.map((_, n) => sentence(wanted, facts.slice(n).filter(Boolean).join(' '))),
    wanted,
  ];
  return proposals.find(isReadable) ?? firstWords(wanted, isReadable);
}

const sentence = (wanted: string, where: string): string =>
  wanted === '' || where === '' ? wanted : `${wanted} in ${article(where)} ${where}`;

/** As many whole words from the start as can be read; all of them where not even the first can. */
function firstWords(text: string, isReadable: (prompt: string) => boolean): string {
  const words = text.split(/\s+/);
  for (let n = words.length - 1; n > 0; n--) {
    const first = words
      .slice(0, n)
      .join(' ')
      .replace(/[\s,;:.(–-]+$/, '');
    if (isReadable(first)) return first;
  }
  return text;
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
