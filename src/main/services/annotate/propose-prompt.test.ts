import { describe, expect, it } from 'vitest';
import { proposePrompt } from './propose-prompt.ts';

const about = (modality: string, bodyPart = '', description = '') => ({
  modality,
  bodyPart,
  description,
  protocol: '',
});

describe('a proposed prompt', () => {
  it.each([
    ['liver', about('CT', 'ABDOMEN'), 'liver in an abdominal CT'],
    ['left lung', about('CT', 'CHEST'), 'left lung in a chest CT'],
    [
      'hippocampus',
      about('MR', 'BRAIN', 'Sag T1 MPRAGE'),
      'hippocampus in a T1-weighted brain MRI',
    ],
    ['lesion', about('MR', '', 'ax_FLAIR'), 'lesion in an MRI'],
    ['lesion', about('MR', '', 'ax FLAIR'), 'lesion in a FLAIR MRI'],
    ['kidney', about('US', ''), 'kidney in an ultrasound'],
    ['rib', about('DX', 'CHEST'), 'rib in a chest X-ray'],
    ['rib', about('DX'), 'rib in an X-ray'],
    ['tumour', about('CT', 'Left Foot'), 'tumour in a left foot CT'],
    ['tumour', about(''), 'tumour'],
    ['', about('CT'), ''],
  ])('of “%s” says where it is looked for', (name, header, prompt) => {
    expect(proposePrompt(name, header, [])).toBe(prompt);
  });

  it('is the one that the model knows, where it fits the images', () => {
    const known = [
      { label: 'Liver', prompt: 'liver in an abdominal MR', modality: 'MR' },
      { label: 'liver', prompt: 'liver of a phantom', modality: 'CT' },
      { label: 'cyst', prompt: 'any cyst' },
    ];
    expect(proposePrompt(' LIVER ', about('CT', 'ABDOMEN'), known)).toBe('liver of a phantom');
    expect(proposePrompt('cyst', about('US'), known)).toBe('any cyst');
    expect(proposePrompt('liver', about('US'), known)).toBe('liver in an ultrasound');
  });
});
