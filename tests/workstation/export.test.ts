import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  annotationProvenanceSchema,
  type AnnotationProvenance,
} from '../../src/main/export/annotation-provenance.ts';
import { readImage } from '../../src/main/images/index.ts';
import { missingPython, python } from '../export/tools.ts';
import { PATIENT } from '../support/patient.ts';
import { slicePatch } from '../support/slice-patch.ts';
import { fakeEngines } from './fake-engines.ts';
import { openSeries, openWorkstation, type Workstation } from './workstation.ts';

let station: Workstation;
let stack: string;

beforeEach(async () => {
  station = await openWorkstation(fakeEngines().spawn);
  stack = await openSeries(station);
});

const provenanceIn = (folder: string): AnnotationProvenance =>
  annotationProvenanceSchema.parse(
    JSON.parse(readFileSync(join(folder, 'provenance.json'), 'utf8')),
  );

describe('an export', () => {
  it('has the doubt of the model beside the labels, where it was asked about every slice', async () => {
    const { page, root } = station;
    const labels: string[] = [];
    for (const name of ['liver', 'spleen, left "half"']) {
      labels.push((await page.call('labels.create', { stack, name, prompt: name.slice(0, 6) })).id);
    }
    const painted = new Uint8Array(1024).fill(2, 100, 130);
    await page.call('edits.apply', {
      stack,
      name: 'Brush',
      slices: [slicePatch(4, painted)],
      actor: 'human',
    });
    await page.stream('suggestions.run', { stack, labels, slices: [0, 11], focus: 0 }).result;
    const folder = join(root, 'out');
    const { files } = await page.stream('export.run', {
      stack,
      folder,
      formats: ['nifti', 'csv'],
      deidentify: false,
    }).result;
    expect(readdirSync(folder).sort()).toEqual([...files].sort());
    expect(files).toEqual(
      expect.arrayContaining(['probability.nii.gz', 'uncertainty.nii.gz', 'preview.png']),
    );

    // Rows are stored bottom up: row 31 − 3 of slice 4, columns 4 to 33 and on.
    const map = await readImage(join(folder, 'labels.nii.gz'));
    expect(map.data[4 * 1024 + (31 - 3) * 32 + 4]).toBe(2);
    expect([...map.data].filter((v) => v === 2)).toHaveLength(30);
    const uncertainty = await readImage(join(folder, 'uncertainty.nii.gz'));
    const stored = await Promise.all(
      labels.map((label) => page.call('suggestions.get', { stack, label, index: 7 })),
    );
    const at = 5 * 32 + 9;
    const most = Math.max(...stored.map((one) => one!.total[at]!));
    expect(uncertainty.data[7 * 1024 + (31 - 5) * 32 + 9]).toBeCloseTo((most / 255) * Math.LN2, 5);
    expect(PNG.sync.read(readFileSync(join(folder, 'preview.png'))).width).toBeGreaterThan(100);

    const [, spleen] = readFileSync(join(folder, 'statistics.csv'), 'utf8')
      .trim()
      .split('\r\n')
      .slice(1);
    expect(spleen).toMatch(
      /^2,"spleen, left ""half""",spleen,30,(\d+\.\d{3}),1,0\.000,0\.000,\1,0\.000$/,
    );
    const provenance = provenanceIn(folder);
    expect(provenance).toMatchObject({
      model: { name: 'tiny', adapterVersion: null },
      sampling: { requested: 4, planes: ['acquired'], usedPerSlice: new Array(12).fill(4) },
    });
    expect(provenance.source.seriesInstanceUid).toBe(stack);
    expect(provenance.review.suggestions).toEqual([]);
  });

  it('of numbers alone is what was asked for, and has its provenance too', async () => {
    const { page, root } = station;
    await page.call('labels.create', { stack, name: 'liver', prompt: '' });
    const folder = join(root, 'numbers');
    const { files } = await page.stream('export.run', {
      stack,
      folder,
      formats: ['csv'],
      deidentify: true,
    }).result;
    expect(files).toEqual(['statistics.csv', 'provenance.json']);
    const { source, labels } = provenanceIn(folder);
    expect(new Set(source.sopInstanceUids).size).toBe(12);
    expect(JSON.stringify(source)).not.toContain(stack);
    expect(labels).toMatchObject([{ name: 'liver', prompt: 'liver' }]);
  });

  it('of nothing is refused, and leaves nothing', async () => {
    const { page, root } = station;
    const input = {
      stack,
      folder: join(root, 'none'),
      formats: ['nifti' as const],
      deidentify: true,
    };
    await expect(page.stream('export.run', input).result).rejects.toMatchObject({
      code: 'no-label',
    });
    expect(readdirSync(root)).not.toContain('none');
  });

  it('that is cancelled leaves nothing', async () => {
    const { page, root } = station;
    await page.call('labels.create', { stack, name: 'liver', prompt: '' });
    const input = {
      stack,
      folder: join(root, 'none'),
      formats: ['nifti' as const],
      deidentify: true,
    };
    const writing = page.stream('export.run', input, () => writing.cancel());
    await expect(writing.result).rejects.toMatchObject({ code: 'cancelled' });
    await expect
      .poll(() => readdirSync(root).filter((name) => /none/.test(name)), PATIENT)
      .toEqual([]);
  });

  it('as a BIDS derivative has its tables and metadata, one subject a study, and spares what is there', async () => {
    const { page, root } = station;
    const { id } = await page.call('labels.create', {
      stack,
      name: 'liver',
      prompt: '',
      colour: '#ff8800',
    });
    await page.call('edits.apply', {
      stack,
      name: 'Brush',
      slices: [slicePatch(4, new Uint8Array(1024).fill(1, 100, 130))],
      actor: 'human',
    });
    await page.stream('suggestions.run', { stack, labels: [id], slices: [0, 11], focus: 0 }).result;
    const folder = join(root, 'bids');
    const input = { stack, folder, formats: ['bids' as const], deidentify: true };
    const { files } = await page.stream('export.run', input).result;
    const [subject] = readdirSync(folder).filter((name) => name.startsWith('sub-'));
    expect(subject).toMatch(/^sub-[0-9a-f]{12}$/);
    const [acquisition] = /acq-[0-9a-f]{12}/.exec(files[0]!)!;
    const stem = `${subject}/anat/${subject}_${acquisition}`;
    expect(files).toEqual([
      ...['dseg.nii.gz', 'dseg.tsv', 'dseg.json', 'probseg.nii.gz', 'probseg.json'].map(
        (end) => `${stem}_${end}`,
      ),
      'dataset_description.json',
    ]);
    const json = (name: string) =>
      JSON.parse(readFileSync(join(folder, name), 'utf8')) as Record<string, unknown>;
    expect(json('dataset_description.json')).toMatchObject({
      BIDSVersion: '1.10.0',
      DatasetType: 'derivative',
      GeneratedBy: [{ Name: 'Marginalia', Version: '0.0.0' }],
    });
    expect(readFileSync(join(folder, `${stem}_dseg.tsv`), 'utf8')).toBe(
      'index\tname\tcolor\tmapping\n1\tliver\t#FF8800\tn/a\n',
    );
    expect(json(`${stem}_dseg.json`)).toMatchObject({ Manual: true, SpatialReference: 'orig' });
    expect(
      annotationProvenanceSchema.safeParse(json(`${stem}_dseg.json`)['Provenance']).success,
    ).toBe(true);
    expect(json(`${stem}_probseg.json`)).toMatchObject({
      Manual: false,
      LabelMap: ['liver'],
      SpatialReference: 'orig',
    });
    expect(
      (await readImage(join(folder, `${stem}_dseg.nii.gz`))).data.filter((v) => v === 1),
    ).toHaveLength(30);
    const probability = await readImage(join(folder, `${stem}_probseg.nii.gz`));
    const stored = (await page.call('suggestions.get', { stack, label: id, index: 7 }))!
      .probability[5 * 32 + 9]!;
    expect(probability.data[7 * 1024 + (31 - 5) * 32 + 9]).toBeCloseTo(stored / 255, 5);
    const mine = '{"Name": "mine"}';
    writeFileSync(join(folder, 'dataset_description.json'), mine);
    expect((await page.stream('export.run', input).result).files).toHaveLength(5);
    expect(readFileSync(join(folder, 'dataset_description.json'), 'utf8')).toBe(mine);
  });

  it('as a report leaves out who the patient is, unless that is wanted', async () => {
    const { page, root } = station;
    await page.call('labels.create', { stack, name: '<b>liver</b>', prompt: '' });
    const [summary] = (await page.call('sources.list', {}))[0]!.stacks;
    const { patientName, patientId } = summary!;
    for (const deidentify of [true, false]) {
      const folder = join(root, `report-${deidentify}`);
      const { files } = await page.stream('export.run', {
        stack,
        folder,
        formats: ['report'],
        deidentify,
      }).result;
      expect(files).toEqual(['report.html', 'provenance.json']);
      const report = readFileSync(join(folder, 'report.html'), 'utf8');
      expect(report).toContain('&lt;b&gt;liver&lt;/b&gt;');
      const hash = createHash('sha256')
        .update(readFileSync(join(folder, 'provenance.json')))
        .digest('hex');
      expect(report).toContain(hash);
      for (const name of [patientName, patientId, stack])
        expect(report.includes(name)).toBe(!deidentify);
    }
  });

  const noPydicom = missingPython('pydicom');
  it.skipIf(noPydicom)(
    `as DICOM belongs to the study, and has what was painted ${noPydicom ?? ''}`,
    async () => {
      const { page, root } = station;
      const term = { scheme: 'SCT', value: '10200004', meaning: 'Liver' };
      const { id } = await page.call('labels.create', { stack, name: 'liver', prompt: 'liver' });
      await page.call('labels.change', { stack, label: id, change: { term } });
      const painted = new Uint8Array(1024).fill(1, 100, 133);
      await page.call('edits.apply', {
        stack,
        name: 'Brush',
        slices: [slicePatch(4, painted)],
        actor: 'human',
      });
      const folder = join(root, 'dicom');
      const formats: ('dicom-seg' | 'dicom-labelmap')[] = ['dicom-seg', 'dicom-labelmap'];
      const { files } = await page.stream('export.run', {
        stack,
        folder,
        formats,
        deidentify: true,
      }).result;
      expect(files).toEqual(['segmentation.dcm', 'labelmap.dcm', 'provenance.json']);
      for (const name of ['segmentation.dcm', 'labelmap.dcm']) {
        const read = python<Record<string, unknown>>(
          COMPARED,
          join(folder, name),
          join(root, 'ct'),
        );
        expect(read).toEqual({
          pixels: [...painted],
          slice: 4,
          orientation: true,
          spacing: true,
          patient: true,
          how: 'MANUAL',
          type: '10200004',
        });
      }
    },
    60_000,
  );
});

/** A segmentation of one frame, and the image that it says it was made of. */
const COMPARED = `
import sys, json, pydicom, glob
d = pydicom.dcmread(sys.argv[1])
f = d.PerFrameFunctionalGroupsSequence[0]
images = sorted((pydicom.dcmread(p) for p in glob.glob(sys.argv[2] + '/*')), key=lambda i: i.ImagePositionPatient[2])
uid = f.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
k, source = next((k, i) for k, i in enumerate(images) if i.SOPInstanceUID == uid)
g = d.SharedFunctionalGroupsSequence[0]
near = lambda a, b: len(a) == len(b) and all(abs(x - y) < 1e-6 for x, y in zip(a, b))
print(json.dumps({'pixels': d.pixel_array.reshape(-1).tolist(), 'slice': k,
  'orientation': near(g.PlaneOrientationSequence[0].ImageOrientationPatient, source.ImageOrientationPatient) and near(f.PlanePositionSequence[0].ImagePositionPatient, source.ImagePositionPatient),
  'spacing': near(g.PixelMeasuresSequence[0].PixelSpacing, source.PixelSpacing),
  'patient': all(d.get(t) == source.get(t) for t in ['PatientName', 'PatientID', 'PatientSex', 'StudyInstanceUID', 'StudyDate', 'FrameOfReferenceUID']) and d.ReferencedSeriesSequence[0].SeriesInstanceUID == source.SeriesInstanceUID,
  'how': str(d.SegmentSequence[0].SegmentAlgorithmType), 'type': str(d.SegmentSequence[0].SegmentedPropertyTypeCodeSequence[0].CodeValue)}))
`;
