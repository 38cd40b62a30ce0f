import type { RandomState } from '../../../src/shared/random.ts';
import { chance, pick } from '../../../src/shared/random-draws.ts';

/** Everything that a prompt can ask for, with the words people use for it. */
export const STRUCTURES = {
  hippocampus: ['hippocampus', 'whole hippocampus', 'entire hippocampus', 'hippocampal formation'],
  anterior: [
    'anterior hippocampus',
    'anterior part of the hippocampus',
    'head of the hippocampus',
    'hippocampal head',
    'hippocampus anterior',
    'front of the hippocampus',
  ],
  posterior: [
    'posterior hippocampus',
    'posterior part of the hippocampus',
    'body and tail of the hippocampus',
    'hippocampal body and tail',
    'hippocampus posterior',
    'back of the hippocampus',
  ],
  liver: ['liver', 'whole liver', 'hepatic parenchyma', 'liver parenchyma'],
  'left kidney': ['left kidney', 'kidney on the left', 'kidney left'],
  'right kidney': ['right kidney', 'kidney on the right', 'kidney right'],
  kidneys: ['kidneys', 'both kidneys', 'kidney', 'left and right kidney', 'renal parenchyma'],
  spleen: ['spleen', 'whole spleen', 'splenic parenchyma'],
  lesion: [
    'lesion',
    'liver lesion',
    'focal lesion',
    'hepatic lesion',
    'tumor',
    'tumour',
    'liver tumor',
    'mass',
    'focal liver lesion',
  ],
} as const;

export type Structure = keyof typeof STRUCTURES;

const TEMPLATES = [
  '{}',
  '{}',
  '{}',
  'the {}',
  'segment the {}',
  'mask of the {}',
  'outline of the {}',
  'a {}',
];
const CONTEXTS = {
  brain: [
    'in a brain MR',
    'in brain MRI',
    'in a T1 weighted MR of the brain',
    'on MRI',
    'in this MR image',
    'in an MR slice of the brain',
    'in the medial temporal lobe',
  ],
  abdomen: [
    'in an abdominal CT',
    'in abdominal CT',
    'in a CT of the abdomen',
    'on CT',
    'in this CT image',
    'in a contrast enhanced CT',
    'in a CT slice of the abdomen',
    'in the abdomen',
  ],
} as const;
const PLACES: Partial<Record<Structure, readonly string[]>> = {
  liver: ['in the upper right of an abdominal CT', 'in the upper right abdomen'],
  spleen: ['in the upper left of an abdominal CT', 'in the upper left abdomen'],
};

/** A random way to ask for a structure. `context` names the image at hand. */
export function drawPrompt(
  state: RandomState,
  structure: Structure,
  context: keyof typeof CONTEXTS,
): string {
  const phrase = pick(state, TEMPLATES).replace('{}', pick(state, STRUCTURES[structure]));
  const places = PLACES[structure];
  if (places && chance(state, 0.2)) return `${phrase} ${pick(state, places)}`;
  return chance(state, 0.5) ? `${phrase} ${pick(state, CONTEXTS[context])}` : phrase;
}

/** Words beside those of the prompts that people are likely to type. */
const EXTRA_WORDS = `
abdomen abdominal accumbens adrenal air amygdala and anatomical aorta area around artery ascites at
axial basal bile bladder blood body bone bowel brain brainstem breast bright bronchus calcification
cancer capsule carcinoma cardiac cavity cavum cell central cerebellum cerebral cerebrospinal chest
chronic colon complete contrast cord coronal cortex cortical ct cyst cystic dark dense diaphragm
diffusion disc disease dorsal duct duodenum edema effusion enhancement enhancing enlarged esophagus
fat femur fibrosis field fissure flair fluid focal fossa frontal gallbladder ganglia gland gray grey
gyrus head heart hemisphere hemorrhage hepatic hilum hyperdense hyperintense hypodense hypointense
iliac image in infarct inferior inflammation inside intensity intestine intracranial joint kidney
kidneys large lateral left lesion lesions liver lobe low lower lumbar lung lungs lymph magnetic
malignant marrow mass matter medial medulla meniscus metastases metastasis middle mr mri muscle
muscles native neck necrosis nerve node nodes nodule nodules normal occipital of on optic or orbit
organ oval ovary pancreas parenchyma parietal part pelvis peritoneum phase photo picture plane
pleura pleural polyp portal posterior prostate psoas pulmonary quadrant radiograph rectum region
renal resonance retina rib ribs right round sacrum sagittal scan section see segment segmentation
septum series show sinus skin skull slice small smooth soft spinal spine spleen stomach structure
subcutaneous superior surface suspicious swelling t1 t2 tail temporal thalamus the thorax thyroid
tissue tomography top trachea tumor tumors tumour ultrasound upper ureter urinary uterus vein venous
ventral ventricle ventricles vertebra vertebrae vertebral vessel vessels volume wall weighted where
white whole window with without x zone
`;

const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];

/**
 * The WordPiece vocabulary of the default bundle: special tokens, characters with and without
 * `##` so that any word can be spelled, then the words of all prompts and common ones.
 */
export function vocabulary(): string[] {
  const characters = [...'abcdefghijklmnopqrstuvwxyz0123456789.,;:!?()/+-%\'"'];
  const texts = [
    ...Object.values(STRUCTURES).flat(),
    ...TEMPLATES.map((t) => t.replace('{}', '')),
    ...Object.values(CONTEXTS).flat(),
    ...Object.values(PLACES).flat(),
    EXTRA_WORDS,
  ];
  const words = texts
    .flatMap((text) => text.toLowerCase().split(/\s+/))
    .filter((w) => w.length > 1);
  return [
    ...SPECIAL,
    ...characters,
    ...characters.filter((c) => /[a-z0-9]/.test(c)).map((c) => `##${c}`),
    ...[...new Set(words)].sort(),
  ];
}
