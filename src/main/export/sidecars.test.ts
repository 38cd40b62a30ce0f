import { describe, expect, it } from 'vitest';
import { chooseSlices } from './contact-sheet.ts';
import { buildProvenance, provenanceSchema } from './provenance.ts';
import { itkSnapLabels, labelsTsv } from './sidecars.ts';

const labels = [
  { name: 'Liver', prompt: 'liver', colour: '#ff8000', value: 1 },
  { name: 'A "very"\todd\nname', prompt: 'x', colour: '#0000ff', value: 300 },
];

describe('sidecars', () => {
  it('labels.tsv has the columns of BIDS, one line a label whatever its name holds', () => {
    expect(labelsTsv(labels)).toBe(
      'index\tname\tcolor\tmapping\n' +
        '1\tLiver\t#FF8000\tn/a\n' +
        '300\tA "very" odd name\t#0000FF\tn/a\n',
    );
  });

  it('ITK-SNAP gets number, colour, visibility and name, the clear label first', () => {
    const lines = itkSnapLabels(labels)
      .split('\n')
      .filter((line) => !line.startsWith('#'));
    const parsed = lines
      .filter(Boolean)
      .map((line) =>
        /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+([\d.]+)\s+(\d+)\s+(\d+)\s+"([^"]*)"$/
          .exec(line)
          ?.slice(1),
      );
    expect(parsed).toEqual([
      ['0', '0', '0', '0', '0', '0', '0', 'Clear Label'],
      ['1', '255', '128', '0', '1', '1', '1', 'Liver'],
      ['300', '0', '0', '255', '1', '1', '1', "A 'very' odd name"],
    ]);
  });
});

describe('provenance', () => {
  const facts: Parameters<typeof buildProvenance>[0] = {
    application: { name: 'Marginalia', version: '0.1.0' },
    created: '2026-01-02T03:04:05.678Z',
    source: {
      studyInstanceUid: '1.2.3',
      seriesInstanceUid: '1.2.3.4',
      sopInstanceUids: ['1.2.3.4.5'],
      modality: 'MR',
    },
    model: {
      name: 'default',
      sha256: 'ab'.repeat(32),
      precision: 'fp32',
      family: 'fa'.repeat(32),
      adapterVersion: null,
      temperature: null,
    },
    labels: [{ name: 'Liver', value: 1, colour: '#ff8000', prompt: 'liver' }],
    window: { centre: 40, width: 400 },
    sampling: {
      requested: 30,
      usedPerSlice: [12],
      seed: 0,
      planes: ['acquired'],
      islands: null,
      tolerance: 0.001,
      device: 'cpu',
    },
    geometry: {
      size: [2, 2, 1],
      affineLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
      resampled: null,
    },
  };

  it('survives JSON and says research use only', () => {
    const provenance = buildProvenance(facts);
    expect(provenanceSchema.parse(JSON.parse(JSON.stringify(provenance)))).toEqual(provenance);
    expect(provenance.notice).toMatch(/research use only/i);
  });

  it.each([
    ['a hash that is none', { model: { ...facts.model, sha256: 'abc' } }],
    ['no slice', { source: { ...facts.source, sopInstanceUids: [] } }],
    ['no label', { labels: [] }],
    ['a field nobody knows', { patient: 'Doe^Jane' }],
  ])('refuses %s', (_, change) => {
    expect(() => buildProvenance({ ...facts, ...change })).toThrow();
  });
});

describe('slices of the contact sheet', () => {
  const of = (...means: number[]): { meanUncertainty: number; samples: number }[] =>
    means.map((meanUncertainty) => ({ meanUncertainty, samples: 30 }));

  it('are the worst first, and the best that hold a label', () => {
    const slices = of(0, 0.1, 0.5, 0.2, 0.4, 0.3, 0.05, 0.01);
    const { worst, best } = chooseSlices(slices, (k) => k !== 0);
    expect(worst).toEqual([2, 4, 5]);
    expect(best).toEqual([7, 6, 1]);
    expect(chooseSlices(slices, () => false).best).toEqual([0, 7, 6]);
  });

  it('are never shown twice, however few there are', () => {
    expect(chooseSlices(of(0.1), () => true)).toEqual({ worst: [0], best: [] });
    expect(chooseSlices(of(0.1, 0.2, 0.3), () => true)).toEqual({ worst: [2], best: [0] });
  });
});
