import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { readImageNode } from '@itk-wasm/image-io';
import { beforeEach, describe, expect, it } from 'vitest';
import { loadVolume, scanDicom } from '../support/scan-dicom.ts';
import { nnunetProvenanceSchema } from '../../src/main/export/annotation-provenance.ts';
import { readImage } from '../../src/main/images/index.ts';
import { writePhantomSeries } from '../../src/main/services/cases/phantom.ts';
import type { Undecided } from '../../src/shared/nnunet.ts';
import { missingPython, python } from '../export/tools.ts';
import { PATIENT } from '../support/patient.ts';
import { slicePatch } from '../support/slice-patch.ts';
import { fakeEngines } from './fake-engines.ts';
import { openSeries, openWorkstation, PHANTOM, type Workstation } from './workstation.ts';

const NAME = 'Dataset501_Abdomen';
const PIXELS = PHANTOM.size ** 2;

let station: Workstation;
let stack: string;
let dataset: string;

beforeEach(async () => {
  station = await openWorkstation(fakeEngines().spawn);
  stack = await openSeries(station);
  dataset = join(station.root, NAME);
});

const run = (undecided: Undecided = 'ignore', of = stack, name = NAME) =>
  station.page.stream('export.run', {
    stack: of,
    folder: station.root,
    formats: ['nnunet'],
    deidentify: true,
    nnunet: { dataset: name, undecided },
  });

const inside = (): string[] =>
  readdirSync(station.root, { recursive: true })
    .map(String)
    .filter((path) => path.includes(NAME))
    .sort();

const json = () =>
  JSON.parse(readFileSync(join(dataset, 'dataset.json'), 'utf8')) as Record<string, unknown>;

const caseOf = (): string => basename(readdirSync(join(dataset, 'labelsTr'))[0]!, '.nii.gz');

const recordOf = (name: string) =>
  nnunetProvenanceSchema.parse(
    JSON.parse(readFileSync(join(dataset, 'provenance', `${name}.json`), 'utf8')),
  );

/** The voxels of a file in the order of the series: its rows are stored bottom up. */
async function voxelsIn(file: string): Promise<number[]> {
  const { data, grid } = await readImage(file);
  expect(grid.size).toEqual([PHANTOM.size, PHANTOM.size, PHANTOM.slices]);
  return Array.from(data, (_, at) => {
    const [i, j, k] = [
      at % PHANTOM.size,
      Math.floor(at / PHANTOM.size) % PHANTOM.size,
      Math.floor(at / PIXELS),
    ];
    return data[k * PIXELS + (PHANTOM.size - 1 - j) * PHANTOM.size + i]!;
  });
}

async function voxelsOfSeries(): Promise<number[]> {
  const scan = await scanDicom([join(station.root, 'ct')]);
  return [...(await loadVolume(scan.series[0]!.stacks[0]!)).data];
}

/** The labels of a case, slice by slice. */
async function labelsIn(name: string): Promise<Uint8Array[]> {
  const voxels = await voxelsIn(join(dataset, 'labelsTr', `${name}.nii.gz`));
  return Array.from({ length: PHANTOM.slices }, (_, k) =>
    Uint8Array.from(voxels.slice(k * PIXELS, (k + 1) * PIXELS)),
  );
}

const make = (name: string, of = stack) =>
  station.page.call('labels.create', { stack: of, name, prompt: name });

function paint(
  index: number,
  values: readonly (readonly [from: number, to: number, value: number])[],
  state: 'corrected' | 'rejected' | 'unseen',
  of = stack,
) {
  const pixels = new Uint8Array(PIXELS);
  for (const [from, to, value] of values) pixels.fill(value, from, to);
  return station.page.call('edits.apply', {
    stack: of,
    name: 'Brush',
    slices: [slicePatch(index, pixels)],
    review: [{ index, state }],
    actor: 'human',
  });
}

/** liver (value 1), cyst (2, removed), spleen (3); slices 4 and 5 decided, 6 rejected. */
async function annotate(of = stack): Promise<void> {
  await make('liver', of);
  const cyst = await make('cyst', of);
  await make('spleen', of);
  await station.page.call('labels.remove', { stack: of, label: cyst.id });
  await paint(
    4,
    [
      [100, 130, 1],
      [300, 340, 3],
    ],
    'corrected',
    of,
  );
  await paint(5, [[100, 120, 3]], 'corrected', of);
  await paint(6, [[100, 120, 1]], 'rejected', of);
  await paint(7, [[200, 220, 1]], 'unseen', of);
}

/** A second series, of other pixels. @returns the id of its stack. */
async function openOther(): Promise<string> {
  const folder = join(station.root, 'other');
  await writePhantomSeries(folder, { ...PHANTOM, seed: 4 });
  const source = await station.page.stream('sources.open', { paths: [folder] }).result;
  const { id } = source.stacks[0]!;
  await station.page.stream('volumes.open', { stack: id, resample: false }).result;
  return id;
}

describe('an nnU-Net dataset', () => {
  it('is made with consecutive values, and ignores what nobody decided', async () => {
    await annotate();
    const { files, nnunet } = await run().result;
    const name = caseOf();
    expect(name).toMatch(/^case_[0-9a-f]{12}$/);
    const own = [
      `provenance/${name}.json`,
      `labelsTr/${name}.nii.gz`,
      `imagesTr/${name}_0000.nii.gz`,
      'dataset.json',
    ];
    expect(files).toEqual(own.map((file) => join(NAME, file)));
    expect(nnunet).toEqual({
      case: name,
      pictures: null,
      dataset: NAME,
      undecided: 10,
      ignored: true,
      unseenIgnored: 0,
    });
    expect(json()).toMatchObject({
      channel_names: { 0: 'CT' },
      labels: { background: 0, liver: 1, spleen: 2, ignore: 3 },
      numTraining: 1,
      file_ending: '.nii.gz',
    });
    const slices = await labelsIn(name);
    const expected = new Uint8Array(PIXELS).fill(1, 100, 130).fill(2, 300, 340);
    expect(slices[4]).toEqual(expected);
    expect(slices[5]).toEqual(new Uint8Array(PIXELS).fill(2, 100, 120));
    for (const k of [0, 3, 6, 7, 11]) expect(new Set(slices[k])).toEqual(new Set([3]));
    expect(await voxelsIn(join(dataset, 'imagesTr', `${name}_0000.nii.gz`))).toEqual(
      await voxelsOfSeries(),
    );
    const record = recordOf(name).nnunet;
    expect(record.labels).toEqual([
      { name: 'liver', value: 1, datasetValue: 1 },
      { name: 'spleen', value: 3, datasetValue: 2 },
    ]);
    expect(record.undecided).toEqual({ slices: [0, 1, 2, 3, 6, 7, 8, 9, 10, 11], ignoreValue: 3 });
  });

  it('teaches undecided slices as they are where that is wanted, and says which', async () => {
    await annotate();
    const { nnunet } = await run('as-is').result;
    expect(nnunet).toMatchObject({ undecided: 10, ignored: false });
    expect(json()['labels']).toEqual({ background: 0, liver: 1, spleen: 2 });
    const slices = await labelsIn(caseOf());
    expect(slices[7]).toEqual(new Uint8Array(PIXELS).fill(1, 200, 220));
    expect(new Set(slices[0])).toEqual(new Set([0]));
    expect(recordOf(caseOf()).nnunet.undecided).toMatchObject({ ignoreValue: null });
  });

  it('takes a slice as undecided that was decided before there was a label', async () => {
    await make('liver');
    await paint(4, [[100, 130, 1]], 'corrected');
    await make('spleen');
    await paint(5, [[100, 130, 2]], 'corrected');
    await run().result;
    const slices = await labelsIn(caseOf());
    expect(new Set(slices[4])).toEqual(new Set([3]));
    expect(new Set(slices[5])).toEqual(new Set([0, 2]));
  });

  it('says nothing of who the patient is', async () => {
    await annotate();
    await run().result;
    const texts = inside()
      .filter((path) => path.endsWith('.json'))
      .map((path) => readFileSync(join(station.root, path), 'utf8'));
    const [summary] = (await station.page.call('sources.list', {}))[0]!.stacks;
    for (const secret of [stack, summary!.patientName, summary!.patientId, station.folder]) {
      expect(secret).not.toBe('');
      for (const text of [...texts, ...inside()]) expect(text).not.toContain(secret);
    }
  });

  it('takes in another series by the values that it has, and one again in its place', async () => {
    await annotate();
    await run().result;
    const first = caseOf();
    const before = readFileSync(join(dataset, 'labelsTr', `${first}.nii.gz`));
    const other = await openOther();
    await make('spleen', other);
    await make('liver', other);
    await paint(
      2,
      [
        [0, 9, 1],
        [50, 60, 2],
      ],
      'corrected',
      other,
    );
    const { nnunet } = await run('ignore', other).result;
    expect(json()['numTraining']).toBe(2);
    expect(nnunet!.case).not.toBe(first);
    expect((await labelsIn(nnunet!.case))[2]).toEqual(
      new Uint8Array(PIXELS).fill(2, 0, 9).fill(1, 50, 60),
    );
    expect(readFileSync(join(dataset, 'labelsTr', `${first}.nii.gz`)).equals(before)).toBe(true);
    await paint(8, [[0, 9, 1]], 'corrected', other);
    await run('ignore', other).result;
    expect(json()['numTraining']).toBe(2);
    expect(new Set((await labelsIn(nnunet!.case))[8])).toEqual(new Set([0, 2]));
    expect(inside().filter((path) => path.includes('partial'))).toEqual([]);
  }, 120_000);

  it('is left as it is where a series does not fit', async () => {
    await annotate();
    await run().result;
    const before = inside();
    const text = readFileSync(join(dataset, 'dataset.json'), 'utf8');
    const other = await openOther();
    await make('liver', other);
    await paint(2, [[0, 9, 1]], 'corrected', other);
    await expect(run('ignore', other).result).rejects.toMatchObject({
      code: 'dataset-differs',
      message: expect.stringContaining('“spleen”'),
    });
    expect(inside()).toEqual(before);
    expect(readFileSync(join(dataset, 'dataset.json'), 'utf8')).toBe(text);
  });

  it('calls the channel as it is told to', async () => {
    await annotate();
    const as = (channel: string) =>
      station.page.stream('export.run', {
        stack,
        folder: station.root,
        formats: ['nnunet'],
        deidentify: true,
        nnunet: { dataset: NAME, undecided: 'ignore', channel },
      }).result;
    await as('CT venous');
    expect(json()['channel_names']).toEqual({ 0: 'CT venous' });
    await expect(run().result).rejects.toMatchObject({
      code: 'dataset-differs',
      hint: expect.stringContaining('channel'),
    });
    await as('CT venous');
    expect(recordOf(caseOf()).nnunet.channel).toBe('CT venous');
  });

  it('keeps a case of the same series that is not of this workspace', async () => {
    await annotate();
    await run().result;
    const record = join(dataset, 'provenance', `${caseOf()}.json`);
    const whole = readFileSync(record, 'utf8');
    for (const text of [whole.replace(/"workspace": "./, '"workspace": "x'), '{', undefined]) {
      if (text === undefined) rmSync(record);
      else writeFileSync(record, text);
      await expect(run().result).rejects.toMatchObject({ code: 'case-exists' });
    }
    writeFileSync(record, whole);
    station = await station.restart();
    await openSeries(station);
    await run().result;
  });

  it('mends what a kill left between two files', async () => {
    await annotate();
    await run().result;
    rmSync(join(dataset, 'dataset.json'));
    rmSync(join(dataset, 'imagesTr'), { recursive: true });
    await run().result;
    expect(json()['numTraining']).toBe(1);
    expect(existsSync(join(dataset, 'imagesTr', `${caseOf()}_0000.nii.gz`))).toBe(true);
  });

  it('is not guessed where images lie without a dataset.json', async () => {
    await annotate();
    mkdirSync(join(dataset, 'imagesTr'), { recursive: true });
    writeFileSync(join(dataset, 'imagesTr', 'a_0000.nii.gz'), '');
    await expect(run().result).rejects.toMatchObject({ code: 'dataset-differs' });
  });

  it('is not written where there is nothing to learn from, or where it is cancelled', async () => {
    await make('liver');
    await paint(7, [[200, 220, 1]], 'unseen');
    await expect(run().result).rejects.toMatchObject({ code: 'nothing-decided' });
    const writing = station.page.stream(
      'export.run',
      {
        stack,
        folder: station.root,
        formats: ['nnunet'],
        deidentify: true,
        nnunet: { dataset: NAME, undecided: 'as-is' },
      },
      () => writing.cancel(),
    );
    await expect(writing.result).rejects.toMatchObject({ code: 'cancelled' });
    await expect.poll(inside, PATIENT).toEqual([]);
  });

  it('has a number of its own, and lies where files may be written', async () => {
    await annotate();
    await run().result;
    const taken = run('ignore', stack, 'Dataset501_Other').result;
    await expect(taken).rejects.toMatchObject({
      code: 'dataset-name',
      message: expect.stringContaining(NAME),
    });
    const outside = join(station.folder, 'outside');
    mkdirSync(outside);
    symlinkSync(outside, join(station.root, 'Dataset502_Link'));
    await expect(run('ignore', stack, 'Dataset502_Link').result).rejects.toMatchObject({
      code: 'path-not-allowed',
    });
    rmSync(join(dataset, 'labelsTr'), { recursive: true });
    symlinkSync(outside, join(dataset, 'labelsTr'));
    await expect(run().result).rejects.toMatchObject({ code: 'not-a-folder' });
    expect(readdirSync(outside)).toEqual([]);
  });

  it('is the folder itself where that is called so', async () => {
    await annotate();
    await run().result;
    const input = {
      stack,
      folder: dataset,
      formats: ['nnunet' as const],
      deidentify: true,
      nnunet: { dataset: NAME, undecided: 'ignore' as const },
    };
    const { files } = await station.page.stream('export.run', input).result;
    expect(files).toContain('dataset.json');
    expect(existsSync(join(dataset, NAME))).toBe(false);
  });

  it('is one grid for ITK, which nnU-Net reads with, image and labels', async () => {
    await annotate();
    await run().result;
    const grids = await Promise.all(
      [`imagesTr/${caseOf()}_0000`, `labelsTr/${caseOf()}`].map(async (name) => {
        const { origin, spacing, direction, size } = await readImageNode(
          join(dataset, `${name}.nii.gz`),
        );
        return { origin, spacing, direction: [...(direction as Float64Array)], size };
      }),
    );
    expect(grids[0]).toEqual(grids[1]);
    expect(grids[0]!.size).toEqual([PHANTOM.size, PHANTOM.size, PHANTOM.slices]);
  });

  const missing = missingPython('nibabel');
  it.skipIf(missing)(
    `passes the checks that nnU-Net makes ${missing ?? ''}`,
    async () => {
      await annotate();
      await run().result;
      const other = await openOther();
      await annotate(other);
      await run('as-is', other).result;
      expect(python(CHECKED, dataset)).toEqual([]);
      // The checks can fail.
      const broken = join(station.root, 'Dataset502_Broken');
      cpSync(dataset, broken, { recursive: true });
      const [one, two] = readdirSync(join(broken, 'labelsTr')) as [string, string];
      cpSync(join(broken, 'labelsTr', one), join(broken, 'labelsTr', `x${two}`));
      const meta = JSON.parse(readFileSync(join(broken, 'dataset.json'), 'utf8')) as object;
      writeFileSync(
        join(broken, 'dataset.json'),
        JSON.stringify({ ...meta, labels: { background: 0, liver: 1 }, numTraining: 3 }),
      );
      expect(python<string[]>(CHECKED, broken).sort()).toEqual(['count', 'values']);
    },
    120_000,
  );
});

/** What `nnUNetv2_plan_and_preprocess --verify_dataset_integrity` looks at, in its own words. */
const CHECKED = `
import sys, json, os, numpy, nibabel
root = sys.argv[1]
wrong = set()
d = json.load(open(root + '/dataset.json'))
if not {'labels', 'channel_names', 'numTraining', 'file_ending'} <= set(d): wrong.add('keys')
labels = d['labels']
values = sorted(v for k, v in labels.items() if k != 'ignore')
if labels['background'] != 0 or 'ignore' in labels and labels['ignore'] != max(values) + 1: wrong.add('ignore')
expected = values + ([labels['ignore']] if 'ignore' in labels else [])
if any(numpy.ediff1d(expected) != 1): wrong.add('consecutive')
end = d['file_ending']
images = sorted(f for f in os.listdir(root + '/imagesTr') if f.endswith(end))
cases = sorted({f[:-len(end) - 5] for f in images})
if len(cases) != d['numTraining']: wrong.add('count')
for case in cases:
    channels = [f for f in images if f.startswith(case + '_')]
    if len(channels) != len(d['channel_names']) or channels[0] != case + '_0000' + end: wrong.add('channels')
    image = nibabel.load(root + '/imagesTr/' + channels[0])
    label = nibabel.load(root + '/labelsTr/' + case + end)
    if image.shape != label.shape or len(image.shape) != 3: wrong.add('shape')
    if not (image.affine == label.affine).all() or image.header.get_zooms() != label.header.get_zooms(): wrong.add('affine')
    if not set(numpy.unique(numpy.asarray(label.dataobj))) <= set(expected): wrong.add('values')
    if not numpy.isfinite(image.get_fdata()).all() or image.get_fdata().std() < 1: wrong.add('image')
print(json.dumps(sorted(wrong)))
`;
