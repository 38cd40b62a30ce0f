import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { annotationProvenanceSchema, type AnnotationProvenance } from '../../src/main/export/annotation-provenance.ts'; // prettier-ignore
import { readImage } from '../../src/main/export/index.ts';
import { encodeRuns } from '../../src/shared/labelmap/rle.ts';
import { fakeEngines } from './fake-engines.ts';
import { openSeries, openWorkstation, type Workstation } from './workstation.ts';

/** Machines may be busy. */
const PATIENT = { timeout: 20_000 };

let station: Workstation;
let stack: string;

beforeEach(async () => {
  station = await openWorkstation(fakeEngines().spawn);
  stack = await openSeries(station);
});

const provenanceIn = (folder: string): AnnotationProvenance =>
  annotationProvenanceSchema.parse(JSON.parse(readFileSync(join(folder, 'provenance.json'), 'utf8'))); // prettier-ignore

describe('an export', () => {
  it('has the doubt of the model beside the labels, where it was asked about every slice', async () => {
    const { page, root } = station;
    const labels: string[] = [];
    for (const name of ['liver', 'spleen, left "half"']) {
      labels.push((await page.call('labels.create', { stack, name, prompt: name.slice(0, 6) })).id);
    }
    const runs = encodeRuns(new Uint8Array(1024).fill(2, 100, 130));
    await page.call('edits.apply', { stack, name: 'Brush', slices: [{ index: 4, runs }], actor: 'human' }); // prettier-ignore
    await page.stream('suggestions.run', { stack, labels, slices: [0, 11], focus: 0 }).result;
    const folder = join(root, 'out');
    const { files } = await page.stream('export.run', { stack, folder, formats: ['nifti', 'csv'], deidentify: false }).result; // prettier-ignore
    expect(readdirSync(folder).sort()).toEqual([...files].sort());
    expect(files).toEqual(expect.arrayContaining(['probability.nii.gz', 'uncertainty.nii.gz', 'preview.png'])); // prettier-ignore

    // Rows are stored bottom up: row 31 − 3 of slice 4, columns 4 to 33 and on.
    const map = await readImage(join(folder, 'labels.nii.gz'));
    expect(map.data[4 * 1024 + (31 - 3) * 32 + 4]).toBe(2);
    expect([...map.data].filter((v) => v === 2)).toHaveLength(30);
    const uncertainty = await readImage(join(folder, 'uncertainty.nii.gz'));
    const stored = await Promise.all(labels.map((label) => page.call('suggestions.get', { stack, label, index: 7 }))); // prettier-ignore
    const at = 5 * 32 + 9;
    const most = Math.max(...stored.map((one) => one!.total[at]!));
    expect(uncertainty.data[7 * 1024 + (31 - 5) * 32 + 9]).toBeCloseTo((most / 255) * Math.LN2, 5);
    expect(PNG.sync.read(readFileSync(join(folder, 'preview.png'))).width).toBeGreaterThan(100);

    const [, spleen] = readFileSync(join(folder, 'statistics.csv'), 'utf8').trim().split('\r\n').slice(1); // prettier-ignore
    expect(spleen).toMatch(/^2,"spleen, left ""half""",spleen,30,\d+\.\d{3},1$/);
    const provenance = provenanceIn(folder);
    expect(provenance).toMatchObject({ model: { name: 'tiny', adapterVersion: null }, sampling: { requested: 4, planes: ['acquired'], usedPerSlice: new Array(12).fill(4) } }); // prettier-ignore
    expect(provenance.source.seriesInstanceUid).toBe(stack);
    expect(provenance.review.suggestions).toEqual([]);
  });

  it('of numbers alone is what was asked for, and has its provenance too', async () => {
    const { page, root } = station;
    await page.call('labels.create', { stack, name: 'liver', prompt: '' });
    const folder = join(root, 'numbers');
    const { files } = await page.stream('export.run', { stack, folder, formats: ['csv'], deidentify: true }).result; // prettier-ignore
    expect(files).toEqual(['statistics.csv', 'provenance.json']);
    const { source, labels } = provenanceIn(folder);
    expect(new Set(source.sopInstanceUids).size).toBe(12);
    expect(JSON.stringify(source)).not.toContain(stack);
    expect(labels).toMatchObject([{ name: 'liver', prompt: 'liver' }]);
  });

  it('of nothing is refused, and leaves nothing', async () => {
    const { page, root } = station;
    const input = { stack, folder: join(root, 'none'), formats: ['nifti' as const], deidentify: true }; // prettier-ignore
    await expect(page.stream('export.run', input).result).rejects.toMatchObject({ code: 'no-label' }); // prettier-ignore
    expect(readdirSync(root)).not.toContain('none');
  });

  it('that is cancelled leaves nothing', async () => {
    const { page, root } = station;
    await page.call('labels.create', { stack, name: 'liver', prompt: '' });
    const input = { stack, folder: join(root, 'none'), formats: ['nifti' as const], deidentify: true }; // prettier-ignore
    const writing = page.stream('export.run', input, () => writing.cancel());
    await expect(writing.result).rejects.toMatchObject({ code: 'cancelled' });
    await expect
      .poll(() => readdirSync(root).filter((name) => /none/.test(name)), PATIENT)
      .toEqual([]);
  });
});
