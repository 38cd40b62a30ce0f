import type { ModelJson } from '../../../engine/bundle/model-json.ts';

/*
 * What is published of MedCLIPSeg (CVPR 2026, arXiv 2602.20423): checkpoints trained on parts of six data
 * sets, and the towers alone. Names of data sets, numbers of pictures and folders are those of its public
 * repository.
 */

export const REPOSITORY = 'TahaKoleilat/MedCLIPSeg';

export interface PublishedFile {
  /** Names it in calls and commands: `BUSI`, `BUSI-25`, `towers`. */
  readonly id: string;
  /** In the repository. */
  readonly path: string;
  readonly title: string;
  /** Of the data set that it was trained on; '' for towers. */
  readonly set: string;
  readonly percent: number | null;
  readonly trainedOn: string;
  /** About: the server says it exactly. */
  readonly bytes: number;
  readonly prompts: ModelJson['prompts'];
  /** How prompts were worded in training. */
  readonly promptStyle: string;
}

interface DataSet {
  readonly title: string;
  readonly from: string;
  /** Pictures that were trained on, of 10, 25, 50 and 100 %. */
  readonly pictures: readonly [number, number, number, number];
  readonly prompts: ModelJson['prompts'];
  readonly style: string;
}

/** Read in the published prompt tables of BUSI. */
const READ =
  'They say how many there are, their size, shape and place, and that there is none: “One small circle-shaped malignant tumor at the top in the breast ultrasound image.”, “No tumor in the breast ultrasound image.” Few or contradictory words cost accuracy.';
/** The tables of the others lie in the same repository, and were not at hand. */
const likeBusi = (example: string): string =>
  `As in the published prompt table of this data set, of which this application has no copy: look there for the exact words. The one of BUSI says how many there are, their size, shape and place; by its pattern “${example}”.`;

const SETS: Readonly<Record<string, DataSet>> = {
  BUSI: {
    title: 'Breast ultrasound',
    from: 'BUSI, breast ultrasound with benign, malignant and no tumor',
    pictures: [62, 156, 312, 624],
    prompts: [
      {
        label: 'tumor',
        prompt:
          'One medium circle-shaped malignant tumor at the center in the breast ultrasound image.',
        modality: 'US',
      },
    ],
    style: READ,
  },
  BTMRI: {
    title: 'Brain tumor MR',
    from: 'BTMRI, slices of brain MR with a tumor',
    pictures: [273, 684, 1369, 2739],
    prompts: [
      {
        label: 'brain tumor',
        prompt: 'One medium circle-shaped tumor at the center in the brain MRI image.',
        modality: 'MR',
      },
    ],
    style: likeBusi('One medium circle-shaped tumor at the center in the brain MRI image.'),
  },
  ISIC: {
    title: 'Skin lesions',
    from: 'ISIC, dermatoscopy of skin lesions',
    pictures: [80, 202, 404, 809],
    prompts: [
      {
        label: 'skin lesion',
        prompt: 'One medium oval-shaped skin lesion at the center in the dermatoscopy image.',
      },
    ],
    style: likeBusi('One medium oval-shaped skin lesion at the center in the dermatoscopy image.'),
  },
  Kvasir: {
    title: 'Polyps in colonoscopy',
    from: 'Kvasir-SEG, colonoscopy with polyps',
    pictures: [80, 200, 400, 800],
    prompts: [
      {
        label: 'polyp',
        prompt: 'One medium oval-shaped polyp at the center in the endoscopy image.',
        modality: 'ES',
      },
    ],
    style: likeBusi('One medium oval-shaped polyp at the center in the endoscopy image.'),
  },
  Covid19: {
    title: 'Infections in chest X-ray',
    from: 'QaTa-COV19, chest X-rays with infected regions of the lung',
    pictures: [571, 1429, 2858, 5716],
    prompts: [
      {
        label: 'infection',
        prompt:
          'Bilateral pulmonary infection, two infected areas, all left lung and all right lung.',
        modality: 'DX',
      },
    ],
    style:
      'As in the text annotations of QaTa-COV19: which lungs, how many areas, where. This application has no copy of them: look there for the exact words.',
  },
  EUS: {
    title: 'Pancreas in endoscopic ultrasound',
    from: 'EUS, endoscopic ultrasound of the pancreas',
    pictures: [2631, 6579, 13_159, 26_318],
    prompts: [
      {
        label: 'pancreas tumor',
        prompt: 'One medium oval-shaped tumor at the center in the endoscopic ultrasound image.',
        modality: 'US',
      },
    ],
    style: likeBusi(
      'One medium oval-shaped tumor at the center in the endoscopic ultrasound image.',
    ),
  },
};

const PERCENTS = [10, 25, 50, 100] as const;

/** 214.6 million float32 values, and the state of training of the 18.7 million that learn. */
const CHECKPOINT_BYTES = 214.6e6 * 4 + 18.7e6 * 8;
const TOWERS_BYTES = 195.9e6 * 4;

/** All that can be downloaded, the checkpoints of most pictures first. */
export const PUBLISHED: readonly PublishedFile[] = [
  ...Object.entries(SETS).flatMap(([set, { title, from, pictures, prompts, style }]) =>
    PERCENTS.map((percent, n) => {
      const folder = percent === 100 ? set : `${set}_${percent}`;
      return {
        id: percent === 100 ? set : `${set}-${percent}`,
        path: `${folder}/trained_models/seed666/MedCLIPSeg_unimedclip_ViT-B-16_latest.pth`,
        title,
        set,
        percent,
        trainedOn: `${from}: ${percent} % of its training part, ${pictures[n]} pictures`,
        bytes: CHECKPOINT_BYTES,
        prompts,
        promptStyle: style,
      };
    }).reverse(),
  ),
  {
    id: 'towers',
    path: 'checkpoints/unimed_clip_vit_b16.pt',
    title: 'Towers alone, to be trained here',
    set: '',
    percent: null,
    trainedOn: 'UniMedCLIP, on pairs of medical pictures and texts; it knows no segmentation',
    bytes: TOWERS_BYTES,
    prompts: [],
    promptStyle: 'None: it suggests nothing before a round of learning.',
  },
];

/**
 * Words of the text encoder of all of them (MIT License), which their files do not hold: its `vocab.txt`
 * is fetched with the first one.
 */
export const VOCABULARY = {
  repository: 'microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract',
  path: 'vocab.txt',
};

export const addressOf = (mirror: string, path: string, repository = REPOSITORY): string =>
  `${mirror.replace(/\/+$/, '')}/${repository}/resolve/main/${path.split('/').map(encodeURIComponent).join('/')}`;
