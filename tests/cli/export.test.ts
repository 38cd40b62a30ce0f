import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { beforeEach, describe, expect, it } from 'vitest';
import { fakeEngines } from '../workstation/fake-engines.ts';
import { openSeries, openWorkstation, type Workstation } from '../workstation/workstation.ts';
import { slicePatch } from '../support/slice-patch.ts';
import { marginalia } from './marginalia.ts';

let station: Workstation;
let stack: string;

async function annotate(): Promise<void> {
  const { page } = station;
  await page.call('labels.create', { stack, name: 'liver', prompt: 'liver' });
  const labels = new Uint8Array(1024).fill(1, 100, 130);
  await page.call('edits.apply', {
    stack,
    name: 'Brush',
    slices: [slicePatch(4, labels)],
    review: [{ index: 4, state: 'corrected' }],
    actor: 'human',
  });
}

const run = (...args: string[]) =>
  marginalia(['export', ...args, '--workspace', join(station.folder, 'workspace')]);

const at = (...parts: string[]): string => join(station.root, ...parts);
const hashOf = (path: string): string =>
  createHash('sha256').update(readFileSync(path)).digest('hex');

describe('marginalia export', () => {
  beforeEach(async () => {
    station = await openWorkstation(fakeEngines().spawn);
    stack = await openSeries(station);
    await annotate();
  });

  it('lists what was labelled, and writes what the window writes', async () => {
    const formats = ['nifti', 'csv', 'report', 'bids'] as const;
    const { files } = await station.page.stream('export.run', {
      stack,
      folder: at('window'),
      formats: [...formats],
      deidentify: true,
    }).result;
    await station.close();
    const listed = await run();
    expect(listed.out).toMatch(/liver\s+1\/12/);
    const { series } = JSON.parse((await run('--json')).out) as { series: object[] };
    expect(series).toMatchObject([
      {
        number: 1,
        stack,
        modality: 'CT',
        size: [32, 32, 12],
        labels: [{ name: 'liver', value: 1 }],
        painted: 1,
        decided: 1,
        present: true,
      },
    ]);
    const asked = await run('1', '--out', at('command'), ...formats.map((format) => `--${format}`));
    expect([asked.code, asked.err]).toEqual([0, '']);
    expect(asked.out).toContain(`Results are in ${at('command')}`);
    for (const name of files) {
      expect(existsSync(at('command', name)), name).toBe(true);
      // Others say when they were written.
      if (/\.(gz|tsv|csv|txt)$/.test(name))
        expect(hashOf(at('command', name)), name).toBe(hashOf(at('window', name)));
    }
    for (const name of ['provenance.json', 'report.html'])
      expect(readFileSync(at('command', name), 'utf8')).not.toContain(stack);
    // By the UID, identified, the default format; its number stays.
    const second = await run(stack, '--out', at('named'), '--identified', '--json');
    expect(JSON.parse(second.out)).toMatchObject({
      stack,
      exports: [{ folder: at('named'), nnunet: null }],
    });
    expect(readFileSync(at('named', 'provenance.json'), 'utf8')).toContain(stack);
    expect(hashOf(at('named', 'labels.nii.gz'))).toBe(hashOf(at('window', 'labels.nii.gz')));
  }, 240_000);

  it('makes an nnU-Net dataset, ignoring undecided slices, and adds to it', async () => {
    await station.close();
    const dataset = at('Dataset007_Liver');
    const made = await run('1', '--nnunet', dataset);
    expect([made.code, made.err]).toEqual([0, '']);
    expect(made.out).toMatch(
      /case_[0-9a-f]{12} is in .*Dataset007_Liver.\n11 slices are not decided: nnU-Net ignores them/,
    );
    const json = () =>
      JSON.parse(readFileSync(join(dataset, 'dataset.json'), 'utf8')) as { labels: object };
    expect(json()).toMatchObject({ numTraining: 1, labels: { liver: 1, ignore: 2 } });
    rmSync(dataset, { recursive: true });
    const whole = await run(
      '1',
      '--nnunet',
      dataset,
      '--undecided',
      'as-is',
      '--csv',
      '--out',
      at('both'),
    );
    expect([whole.code, whole.err]).toEqual([0, '']);
    expect(json().labels).toEqual({ background: 0, liver: 1 });
    expect(readdirSync(at('both')).sort()).toEqual(['provenance.json', 'statistics.csv']);
    writeFileSync(
      join(dataset, 'dataset.json'),
      JSON.stringify({ ...json(), labels: { background: 0, liver: 1, spleen: 2 } }),
    );
    const refused = await run('1', '--nnunet', dataset, '--csv', '--out', at('none'));
    expect([refused.code, refused.err]).toEqual([
      1,
      expect.stringMatching(/“spleen”[\s\S]*hint: /),
    ]);
    expect(existsSync(at('none'))).toBe(false);
  }, 240_000);

  it('writes suggestions where nothing is decided, as the window does, and says of how many slices', async () => {
    const { page } = station;
    const { labels } = await page.call('annotation.get', { stack });
    const stream = { stack, labels: labels.map(({ id }) => id), focus: 0 };
    await page.stream('suggestions.run', { ...stream, slices: [0, 7] }).result;
    const { contents } = await page.stream('export.run', {
      stack,
      folder: at('window'),
      formats: ['nifti'],
      deidentify: true,
      include: 'suggested',
    }).result;
    await station.close();
    const done = await run('1', '--out', at('command'), '--nifti', '--include', 'suggested');
    expect([done.code, done.err]).toEqual([0, '']);
    expect(hashOf(at('command', 'labels.nii.gz'))).toBe(hashOf(at('window', 'labels.nii.gz')));
    expect(done.out).toMatch(/accepted or corrected +1 +\d/);
    expect(done.out).toMatch(/with suggestions that nobody decided on +7 +\d/);
    expect(done.out).toMatch(/empty, nobody decided on them +4/);
    const json = await run('1', '--out', at('json'), '--include', 'suggested', '--json');
    expect(JSON.parse(json.out)).toMatchObject({ exports: [{ contents }] });
    const decided = await run('1', '--out', at('decided'), '--csv', '--include', 'decided');
    expect([decided.code, decided.err]).toEqual([0, '']);
    expect(decided.out).not.toContain('suggestions');
  }, 240_000);

  it('writes data sets of single pictures, also of a volume', async () => {
    await station.close();
    const done = await run('1', '--out', at('set'), '--png', '--coco', '--published');
    expect([done.code, done.err]).toEqual([0, '']);
    // The only slice that somebody painted or decided on.
    expect(
      readdirSync(at('set'), { recursive: true })
        .map(String)
        .filter((name) => /\./.test(name))
        .sort(),
    ).toEqual([
      join('Prompts_Folder', 'Train_text.xlsx'),
      join('Train_Folder', 'img', 'slice-0005.png'),
      join('Train_Folder', 'label', 'slice-0005.png'),
      join('annotations', 'instances.json'),
      join('images', 'slice-0005.png'),
      join('masks', 'slice-0005.png'),
      'provenance.json',
    ]);
  }, 240_000);

  it('says who has the workspace, and that there is none', async () => {
    const busy = await run();
    expect([busy.code, busy.err]).toEqual([
      1,
      expect.stringMatching(/in use by process \d+[\s\S]*hint: Close the other Marginalia/),
    ]);
    const nowhere = join(station.folder, 'nowhere');
    const none = await marginalia(['export', '--workspace', nowhere]);
    expect([none.code, none.err]).toEqual([1, expect.stringContaining('There is no workspace')]);
    expect(existsSync(nowhere)).toBe(false);
  }, 120_000);

  it('says that files are gone, and which', async () => {
    await station.close();
    renameSync(at('ct'), at('moved'));
    expect((await run()).out).toContain('its files are gone');
    const gone = await run('1', '--out', at('none'));
    expect([gone.code, gone.err]).toEqual([
      1,
      expect.stringMatching(/not where they were: .*ct[\s\S]*hint: Open them in the window/),
    ]);
    const other = await run('7', '--out', at('none'));
    expect([other.code, other.err]).toEqual([1, expect.stringContaining('There is no series 7')]);
    expect(existsSync(at('none'))).toBe(false);
  }, 120_000);

  it('finds a series in a zip that is no longer among the recent ones', async () => {
    const zip = at('series.zip');
    const entries = readdirSync(at('ct')).map(
      (name) => [`a/${name}`, Uint8Array.from(readFileSync(at('ct', name)))] as const,
    );
    writeFileSync(zip, zipSync(Object.fromEntries(entries), { level: 0 }));
    rmSync(at('ct'), { recursive: true });
    const { page } = station;
    await page.stream('sources.open', { paths: [zip] }).result;
    await page.stream('volumes.open', { stack, resample: false }).result;
    for (const { paths } of await page.call('recents.list', {}))
      await page.call('recents.forget', { paths });
    await station.close();
    const done = await run('1', '--out', at('out'), '--csv');
    expect([done.code, done.err]).toEqual([0, '']);
    expect(readFileSync(at('out', 'statistics.csv'), 'utf8')).toMatch(/^1,liver,liver,30,/m);
  }, 120_000);
});

describe('marginalia export, asked wrongly', () => {
  it.each([
    [['--nifti'], 'which series'],
    [['--out', 'x'], 'which series'],
    [['1'], 'Give --out'],
    [['1', '--report'], 'Give --out'],
    [['1', '--nnunet', 'Dataset001_A', '--out', 'x'], 'nothing to write into --out'],
    [['1', '--nnunet', 'liver'], 'no folder of an nnU-Net dataset'],
    [['1', '--nnunet', 'Dataset001_A', '--channel', 'a/b'], '--channel cannot be'],
    [['1', '--undecided', 'guess'], 'takes ignore or as-is'],
    [['1', '--accepted-unseen', 'guess'], '--accepted-unseen cannot be'],
    [['1', '--include', 'all'], 'takes decided, painted or suggested'],
  ])(
    'refuses %j',
    async (args, message) => {
      const refused = await marginalia(['export', ...args, '--workspace', 'nowhere']);
      expect([refused.code, refused.err]).toEqual([2, expect.stringContaining(message)]);
    },
    120_000,
  );
});
