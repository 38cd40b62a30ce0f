import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { acceptSlice } from '../../src/renderer/model/decide.ts';
import { applyEdit } from '../../src/shared/edit/index.ts';
import { decodeRuns } from '../../src/shared/labelmap/rle.ts';
import { openSuggestion, suggestedMap } from '../../src/shared/suggested.ts';
import { PATIENT } from '../support/patient.ts';
import { slicePatch } from '../support/slice-patch.ts';
import { openExportStation, type ExportStation } from './export-station.ts';
import { PHANTOM } from './workstation.ts';

const { size: SIZE, slices: SLICES } = PHANTOM;
const PIXELS = SIZE ** 2;

let station: ExportStation;
beforeEach(async () => {
  station = await openExportStation();
});

/** Accepts all that is shown on every slice but rejected ones, as the page does. */
async function acceptAll(): Promise<void> {
  const { page } = station;
  const { labels, review, covered } = await page.call('annotation.get', { stack: station.stack });
  const data = new Uint8Array(PIXELS * SLICES);
  for (const { index, runs } of await page.call('annotation.voxels', { stack: station.stack }))
    data.set(decodeRuns(runs, PIXELS), index * PIXELS);
  const volume = { size: [SIZE, SIZE, SLICES] as const, spacing: [1, 1, 1] as const, data };
  const locked = new Set(labels.filter((label) => label.locked).map(({ value }) => value));
  for (let index = 0; index < SLICES; index++) {
    if (review[index] === 'rejected') continue;
    const shown = labels.filter(({ id, visible }) => visible && !covered[index]!.includes(id));
    const all = [];
    for (const { id, value } of shown) {
      const maps = await page.call('suggestions.get', { stack: station.stack, label: id, index });
      const map = maps && suggestedMap(maps.probability);
      if (map) all.push({ value, map });
    }
    const drawn = openSuggestion(all, locked, PIXELS);
    const values = new Set(all.map(({ value }) => value));
    const edit = acceptSlice(volume, index, { drawn, values }, 'Accept');
    if (edit.starts.length === 0) continue;
    applyEdit(volume, edit);
    const accepted = data.subarray(index * PIXELS, (index + 1) * PIXELS);
    await page.call('edits.apply', {
      stack: station.stack,
      name: 'Accept',
      slices: [slicePatch(index, accepted)],
      review: [{ index, state: 'accepted' }],
      actor: 'model',
    });
  }
}

describe('an export with suggestions', () => {
  it('has every voxel as accepting all that is shown would, and changes no label', async () => {
    await station.annotate();
    const before = await station.page.call('annotation.voxels', { stack: station.stack });
    await station.run('suggested', 'suggested');
    expect(await station.page.call('annotation.voxels', { stack: station.stack })).toEqual(before);
    const written = await station.labelsIn('suggested/labels.nii.gz');
    expect(written[8]!.includes(2)).toBe(true);
    expect(written.flatMap((slice) => [...slice]).includes(4)).toBe(false);
    expect(written[6]!.includes(3)).toBe(false);
    await acceptAll();
    await station.run('painted', 'accepted');
    expect(await station.labelsIn('accepted/labels.nii.gz')).toEqual(written);
  });

  it('says of every slice what was decided, and with what the rest was made', async () => {
    await station.annotate();
    const { contents } = await station.run('suggested', 'out');
    const provenance = station.provenanceIn('out');
    const { suggestedWith, ...lists } = provenance.contents!;
    expect(lists).toEqual({
      include: 'suggested',
      decided: [2, 3, 5],
      acceptedUnseen: [{ slice: 5, labels: [1, 2, 3, 4] }],
      paintedUndecided: [0, 1, 4],
      leftOut: [],
      suggested: [
        { slice: 0, labels: [1, 2] },
        { slice: 1, labels: [1, 2] },
        { slice: 3, labels: [2] },
        ...[6, 7, 8, 9].map((slice) => ({ slice, labels: [1, 2] })),
      ],
    });
    expect(suggestedWith).toMatchObject([
      { model: { name: 'tiny' }, prompts: { 1: 'a' }, planes: ['acquired'], samples: 4 },
      { model: { name: 'tiny' }, prompts: { 2: 'bb' }, planes: ['acquired'], samples: 4 },
    ]);
    expect(contents).toMatchObject({
      slices: SLICES,
      decided: 3,
      acceptedUnseen: 1,
      paintedUndecided: 3,
      leftOut: 0,
      suggested: 7,
      empty: 2,
      withheld: ['label ccc', 'label dddd'],
    });
  });

  it('says which labels are written as being nowhere on slices where nobody decided on them', async () => {
    await station.annotate();
    const counted = await station.page.stream('export.count', { stack: station.stack }).result;
    const slices = (include: 'decided' | 'painted' | 'suggested'): unknown =>
      counted.absent[include]!.map((one) => one.slices);
    // Labels 1 to 4, of 12 slices.
    expect(slices('decided')).toEqual([9, 10, 10, 10]);
    expect(slices('painted')).toEqual([8, 9, 9, 10]);
    expect(slices('suggested')).toEqual([3, 2, 9, 10]);
    for (const include of ['decided', 'painted', 'suggested'] as const) {
      const { contents } = await station.run(include, include);
      expect(contents.absent[include]).toEqual(counted.absent[include]);
    }
  });

  it('is counted before, first what needs no maps, and holds what was counted', async () => {
    await station.annotate();
    const counting = station.page.stream('export.count', { stack: station.stack });
    const counted = await counting.result;
    const { contents } = await station.run('suggested', 'out');
    expect(counted).toEqual(contents);
    expect(counted.amounts.suggested).toBeGreaterThan(0);
    const [first] = counting.frames;
    const amounts = { ...counted.amounts, suggested: null };
    expect(first).toEqual({ kind: 'counted', counts: { ...counted, amounts } });
  });

  it('has the volume of each label by what was decided of it as a table', async () => {
    await station.annotate();
    await station.run('suggested', 'out', ['csv', 'nifti']);
    const [head, ...rows] = readFileSync(station.at('out', 'statistics.csv'), 'utf8')
      .trim()
      .split('\r\n')
      .map((row) => row.split(','));
    expect(head!.slice(4)).toEqual([
      'volume_ml',
      'slices',
      'decided_ml',
      'accepted_unseen_ml',
      'painted_undecided_ml',
      'suggested_ml',
    ]);
    const written = await station.labelsIn('out/labels.nii.gz');
    const ml = Number(rows[0]![4]) / Number(rows[0]![3]);
    const voxels = (value: number): number =>
      written.flatMap((slice) => [...slice]).filter((label) => label === value).length;
    const [one, two] = rows.map((row) => row.slice(6).map((cell) => Math.round(Number(cell) / ml)));
    expect(one).toEqual([30, 30, 30, voxels(1) - 90]);
    expect(two).toEqual([30, 0, 30, voxels(2) - 60]);
    expect(two![3]).toBeGreaterThan(30);
  });

  it('says so in the header of the labels, and for BIDS that they are not manual', async () => {
    await station.annotate();
    await station.run('suggested', 'out', ['nifti', 'bids']);
    const header = gunzipSync(readFileSync(station.at('out', 'labels.nii.gz'))).toString(
      'latin1',
      148,
      228,
    );
    expect(header).toContain('Labels not decided on everywhere');
    const [subject] = readdirSync(station.at('out')).filter((name) => name.startsWith('sub-'));
    const [json] = readdirSync(station.at('out', subject!, 'anat')).filter((name) =>
      name.endsWith('dseg.json'),
    );
    expect(
      JSON.parse(readFileSync(station.at('out', subject!, 'anat', json!), 'utf8')),
    ).toMatchObject({
      Manual: false,
      Description: expect.stringContaining('7 with suggestions of a model that nobody decided on'),
      Provenance: { contents: { include: 'suggested' } },
    });
  });

  it('is a report that tells slices as suggested from decided ones', async () => {
    await station.annotate();
    await station.run('suggested', 'out', ['report']);
    const report = readFileSync(station.at('out', 'report.html'), 'utf8').replace(/\s+/g, ' ');
    expect(report).toContain('6 as suggested, not decided');
    expect(report).toContain('Nobody has decided on 8 of 12 slices: sizes of labels count');
    expect(report).not.toContain('All labels were drawn by people');
    expect(report).toContain('Not decided, ml');
  });

  it('that is cancelled leaves nothing', async () => {
    await station.annotate();
    const writing = station.page.stream(
      'export.run',
      {
        stack: station.stack,
        folder: station.at('none'),
        formats: ['nifti', 'report'],
        deidentify: true,
        include: 'suggested',
      },
      () => writing.cancel(),
    );
    await expect(writing.result).rejects.toMatchObject({ code: 'cancelled' });
    await expect
      .poll(() => readdirSync(station.root).filter((name) => /none/.test(name)), PATIENT)
      .toEqual([]);
  });

  it('is refused where nothing is suggested as things are now, and leaves nothing', async () => {
    await station.paint(0, 1, 'corrected');
    await expect(station.run('suggested', 'none')).rejects.toMatchObject({
      code: 'nothing-suggested',
    });
    await station.suggest(0, 9, [1]);
    // Suggestions of another prompt are not those that are shown now.
    await station.page.call('labels.change', {
      stack: station.stack,
      label: station.ids[0]!,
      change: { prompt: 'xyz' },
    });
    await expect(station.run('suggested', 'none')).rejects.toMatchObject({
      code: 'nothing-suggested',
    });
    expect(readdirSync(station.root)).not.toContain('none');
    await station.page.call('labels.change', {
      stack: station.stack,
      label: station.ids[0]!,
      change: { prompt: 'a' },
    });
    expect((await station.run('suggested', 'out')).contents.suggested).toBe(9);
  });
});

describe('an export of decided slices alone', () => {
  it('leaves out what is painted elsewhere, and says where', async () => {
    await station.annotate();
    const { contents } = await station.run('decided', 'out');
    expect(contents).toMatchObject({ decided: 3, acceptedUnseen: 1, leftOut: 3, suggested: 0 });
    const written = await station.labelsIn('out/labels.nii.gz');
    const filled = written.flatMap((slice, k) => (slice.some((label) => label > 0) ? [k] : []));
    expect(filled).toEqual([2, 3, 5]);
    expect(station.provenanceIn('out').contents).toMatchObject({
      include: 'decided',
      paintedUndecided: [],
      leftOut: [0, 1, 4],
      suggested: [],
    });
  });

  it('is refused where nothing is decided', async () => {
    await station.paint(0, 1, 'unseen');
    await expect(station.run('decided', 'none')).rejects.toMatchObject({ code: 'nothing-decided' });
    expect(readdirSync(station.root)).not.toContain('none');
  });
});

it('without a word of it, an export holds what is painted, decided or not, and says which', async () => {
  await station.annotate();
  await station.run('painted', 'asked');
  await station.run(undefined, 'out');
  const written = await station.labelsIn('out/labels.nii.gz');
  expect(await station.labelsIn('asked/labels.nii.gz')).toEqual(written);
  const filled = written.flatMap((slice, k) => (slice.some((label) => label > 0) ? [k] : []));
  expect(filled).toEqual([0, 1, 2, 3, 4, 5]);
  expect(station.provenanceIn('out').contents).toMatchObject({
    include: 'painted',
    paintedUndecided: [0, 1, 4],
    suggested: [],
  });
});
