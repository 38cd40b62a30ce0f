import { describe, expect, it } from 'vitest';
import { proposePrompt } from './propose-prompt.ts';

const about = (modality: string, bodyPart = '', description = '') => ({
  modality,
  bodyPart,
  description,
  protocol: '',
});

const always = (): boolean => true;
const upTo =
  (words: number) =>
  (prompt: string): boolean =>
    prompt.split(' ').length <= words;

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
    expect(proposePrompt(name, header, [], always)).toBe(prompt);
  });

  it('is the one that the model knows, where it fits the images', () => {
    const known = [
      { label: 'Liver', prompt: 'liver in an abdominal MR', modality: 'MR' },
      { label: 'liver', prompt: 'liver of a phantom', modality: 'CT' },
      { label: 'cyst', prompt: 'any cyst' },
    ];
    expect(proposePrompt(' LIVER ', about('CT', 'ABDOMEN'), known, always)).toBe(
      'liver of a phantom',
    );
    expect(proposePrompt('cyst', about('US'), known, always)).toBe('any cyst');
    expect(proposePrompt('liver', about('US'), known, always)).toBe('liver in an ultrasound');
  });

  it('says less of the image, and then less of the label, until the model can read it', () => {
    const header = about('MR', 'HEADNECK', 'ax FLAIR post contrast, a description of many words');
    const lesion = (words: number): string => proposePrompt('old lesion', header, [], upTo(words));
    expect(lesion(9)).toBe('old lesion in a FLAIR head and neck MRI');
    expect(lesion(8)).toBe('old lesion in a head and neck MRI');
    expect(lesion(5)).toBe('old lesion in an MRI');
    expect(lesion(4)).toBe('old lesion');
    expect(lesion(1)).toBe('old');
    // Nothing shorter can be said: suggesting it says what to do.
    expect(lesion(0)).toBe('old lesion');
  });

  it('is not one that is kept where the model cannot read that', () => {
    const kept = [
      { label: 'cyst', prompt: 'every cyst there is in this' },
      { label: 'cyst', prompt: 'any cyst' },
    ];
    expect(proposePrompt('cyst', about('CT'), kept, upTo(4))).toBe('any cyst');
    expect(proposePrompt('cyst', about('CT'), kept.slice(0, 1), upTo(4))).toBe('cyst in a CT');
  });
});
