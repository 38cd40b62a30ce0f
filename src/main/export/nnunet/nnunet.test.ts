import { describe, expect, it } from 'vitest';
import { channelName } from './channel.ts';
import { fitInto, newDataset, parseDataset, type Dataset, type NewCase } from './dataset.ts';
import { datasetLabels, valueTable } from './labels.ts';

const about = (modality: string, description = '', protocol = '') => ({
  modality,
  description,
  protocol,
});
const CASE: NewCase = {
  channels: ['CT'],
  ending: '.nii.gz',
  labels: ['liver', 'spleen'],
  ignores: false,
};
const OLD: Dataset = {
  channel_names: { 0: 'CT' },
  labels: { background: 0, spleen: 1, liver: 2 },
  numTraining: 7,
  file_ending: '.nii.gz',
  licence: 'mine',
};

describe('the channel of a series', () => {
  it.each([
    [about('CT', 'T1 something'), 'CT'],
    [about('PT'), 'PT'],
    [about('MR', 'ax T2 FLAIR fs'), 'FLAIR'],
    [about('MR', 'sag_t1w_mprage'), 'T1'],
    [about('MR', '', 't2_tse_tra'), 'T2'],
    [about('MR', 'ep2d_diff_ADC'), 'ADC'],
    [about('MR', 'T2* GRE'), 'T2star'],
    [about('MR', 'Smith^John CT zscore'), 'MR'],
    [about('MR', 'mT100'), 'MR'],
    [about('nonorm', 'x'), 'image'],
    [about(''), 'image'],
  ])('%j is %s', (header, name) => {
    expect(channelName({ channels: 1, ...header })).toBe(name);
    expect(channelName({ channels: 3, ...header })).toBe('rgb_to_0_1');
  });
});

describe('dataset.json', () => {
  it('of a new dataset has what nnU-Net asks for, and ignore above all others', () => {
    const { dataset, values, ignore } = newDataset('Dataset501_A', 'x', { ...CASE, ignores: true });
    expect(dataset(1)).toMatchObject({
      channel_names: { 0: 'CT' },
      labels: { background: 0, liver: 1, spleen: 2, ignore: 3 },
      numTraining: 1,
      file_ending: '.nii.gz',
    });
    expect([values, ignore]).toEqual([[1, 2], 3]);
    expect(newDataset('Dataset501_A', 'x', CASE).dataset(1).labels).not.toHaveProperty('ignore');
  });

  it('that exists keeps its values and what else it says', () => {
    const fit = fitInto(OLD, CASE);
    expect([fit.values, fit.ignore]).toEqual([[2, 1], null]);
    expect(fit.dataset(8)).toEqual({ ...OLD, numTraining: 8 });
  });

  it('gets the value for what is ignored with the first case that needs it', () => {
    const fit = fitInto(OLD, { ...CASE, ignores: true });
    expect(fit.dataset(8).labels).toEqual({ ...OLD.labels, ignore: 3 });
    const later = fitInto(fit.dataset(8), CASE);
    expect([later.ignore, later.dataset(9).labels]).toEqual([3, fit.dataset(8).labels]);
  });

  it.each<[string, Partial<Dataset>, Partial<typeof CASE>, RegExp]>([
    ['another channel', { channel_names: { 0: 'MR' } }, {}, /channel “MR”, this series is “CT”/],
    ['two channels', { channel_names: { 0: 'CT', 1: 'PT' } }, {}, /channels “CT”, “PT”/],
    [
      'a label that is missing',
      {},
      { labels: ['liver'] },
      /it has “spleen”, which this series has not/,
    ],
    ['a label more', {}, { labels: ['liver', 'spleen', 'cyst'] }, /has “cyst”, which it has not/],
    ['other files', { file_ending: '.nrrd' }, {}, /end in \.nrrd/],
    ['a list of cases', { dataset: {} }, {}, /one by one/],
    ['regions', { labels: { background: 0, liver: [1, 2], spleen: 2 } }, {}, /regions/],
    ['values with gaps', { labels: { background: 0, liver: 1, spleen: 5 } }, {}, /consecutive/],
    [
      'ignore in between',
      { labels: { background: 0, liver: 1, spleen: 3, ignore: 2 } },
      {},
      /consecutive/,
    ],
  ])('refuses a case where there is %s', (_, old, wanted, message) => {
    const fit = () => fitInto({ ...OLD, ...old }, { ...CASE, ...wanted });
    expect(fit).toThrow(
      expect.objectContaining({
        code: 'dataset-differs',
        message: expect.stringMatching(message),
        hint: expect.any(String),
      }),
    );
  });

  it.each([['Ignore'], ['background'], ['spleen']])('refuses a second meaning of %s', (name) => {
    const refused = expect.objectContaining({ code: 'label-name' });
    expect(() => newDataset('D', '', { ...CASE, labels: ['spleen', name] })).toThrow(refused);
  });

  it.each([
    '',
    '{',
    '[]',
    '{"labels": {}}',
    '{"modality": {"0": "CT"}, "labels": {"0": "background"}}',
  ])('is refused as %s', (text) => {
    const refused = expect.objectContaining({
      code: 'dataset-differs',
      message: expect.stringContaining('d.json'),
    });
    expect(() => parseDataset(text, 'd.json')).toThrow(refused);
  });
});

describe('labels in the values of a dataset', () => {
  it('are mapped, and whole slices ignored', async () => {
    const label = { name: '', prompt: '', colour: '' };
    const table = valueTable(
      [
        { ...label, value: 4 },
        { ...label, value: 9 },
      ],
      [1, 2],
    );
    const map = Uint8Array.of(0, 4, 9, 9, 0, 4);
    expect([...(await datasetLabels(map, 2, table, new Set([1]), 3))]).toEqual([0, 1, 3, 3, 0, 1]);
    expect([...(await datasetLabels(map, 2, table, new Set(), 3))]).toEqual([0, 1, 2, 2, 0, 1]);
  });
});
