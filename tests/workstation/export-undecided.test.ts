import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { nnunetProvenanceSchema } from '../../src/main/export/annotation-provenance.ts';
import type { StreamOutput } from '../../src/shared/contract/index.ts';
import { missingCommand, missingPython, python } from '../export/tools.ts';
import { openExportStation, type ExportStation } from './export-station.ts';

let station: ExportStation;
beforeEach(async () => {
  station = await openExportStation();
});

describe('a case of nnU-Net', () => {
  const dataset = 'Dataset501_Abdomen';
  const write = (
    undecided: 'ignore' | 'as-is',
    acceptedUnseen?: 'ignore' | 'as-is',
  ): Promise<StreamOutput<'export.run'>> =>
    station.run('suggested', '.', ['nnunet'], {
      dataset,
      undecided,
      ...(acceptedUnseen && { acceptedUnseen }),
    });
  async function taught(): Promise<number[]> {
    const [name] = readdirSync(station.at(dataset, 'labelsTr'));
    const { labels } = JSON.parse(readFileSync(station.at(dataset, 'dataset.json'), 'utf8')) as {
      labels: Record<string, number>;
    };
    const slices = await station.labelsIn(`${dataset}/labelsTr/${name}`);
    return slices.flatMap((slice, k) => (slice[0] === labels['ignore'] ? [] : [k]));
  }
  const record = () => {
    const [name] = readdirSync(station.at(dataset, 'provenance'));
    const text = readFileSync(station.at(dataset, 'provenance', name!), 'utf8');
    return nnunetProvenanceSchema.parse(JSON.parse(text)).nnunet;
  };

  it('is not taught what is only suggested, nor slices accepted unseen unless that is wanted', async () => {
    await station.annotate();
    expect((await write('ignore')).nnunet).toMatchObject({ undecided: 10, unseenIgnored: 1 });
    expect(await taught()).toEqual([2]);
    expect(record().unseenIgnored).toEqual([5]);
    expect((await write('ignore', 'as-is')).nnunet).toMatchObject({ unseenIgnored: 0 });
    expect(await taught()).toEqual([2, 5]);
    expect(record().unseenIgnored).toEqual([]);
  });

  it('is not taught a slice with one label that nobody has looked at', async () => {
    await station.paint(4, 1, 'corrected');
    await station.paint(5, 1, 'corrected', [1, 2, 3, 4], [2]);
    await station.suggest(0, 2, [1]);
    expect((await write('ignore')).nnunet).toMatchObject({ undecided: 10, unseenIgnored: 1 });
    expect(await taught()).toEqual([4]);
  });

  it('is taught suggestions where undecided slices are to be taught as they are', async () => {
    await station.annotate();
    expect((await write('as-is')).nnunet).toMatchObject({ ignored: false, unseenIgnored: 0 });
    const [name] = readdirSync(station.at(dataset, 'labelsTr'));
    expect((await station.labelsIn(`${dataset}/labelsTr/${name}`))[8]!.includes(2)).toBe(true);
  });

  it('is refused where all that is decided was accepted unseen', async () => {
    await station.paint(5, 1, 'accepted-unseen');
    await station.suggest(0, 9, [1]);
    await expect(write('ignore')).rejects.toMatchObject({
      code: 'nothing-decided',
      hint: expect.stringContaining('accepted unseen'),
    });
  });
});

describe('a DICOM segmentation', () => {
  const noPydicom = missingPython('pydicom');
  const segments = (folder: string): unknown =>
    python(
      `import sys, json, pydicom
d = pydicom.dcmread(sys.argv[1])
print(json.dumps({'about': str(d.ContentDescription), 'segments': [
  [str(s.SegmentAlgorithmType), str(s.SegmentDescription)] for s in d.SegmentSequence]}))`,
      station.at(folder, 'segmentation.dcm'),
    );

  it.skipIf(noPydicom)(
    `never says of suggestions that nobody decided on that they are manual ${noPydicom ?? ''}`,
    async () => {
      await station.paint(0, 1, 'unseen');
      await station.suggest(0, 3, [1, 2]);
      await station.paint(1, 1, 'corrected', [1]);
      await station.paint(5, 1, 'corrected', [1, 3], [3]);
      await station.run('suggested', 'out', ['dicom-seg']);
      expect(segments('out')).toEqual({
        about: 'holds undecided suggestions and slices',
        segments: [
          [
            'SEMIAUTOMATIC',
            'a. As suggested, not decided on: slices 1, 3-4. Painted, not decided on: slice 1.',
          ],
          ['AUTOMATIC', 'bb. As suggested, not decided on: slices 1-4.'],
          [expect.any(String), 'ccc. Accepted without a look: slice 6.'],
          [expect.any(String), 'dddd'],
        ],
      });
    },
    60_000,
  );

  const noJudge = missingCommand('dciodvfy', 'dicom3tools');
  it.skipIf(noJudge)(`is one to dciodvfy, too ${noJudge ?? ''}`, async () => {
    await station.annotate();
    const { files } = await station.run('suggested', 'out', ['dicom-seg']);
    const { stdout, stderr } = spawnSync('dciodvfy', [station.at('out', files[0]!)], {
      encoding: 'utf8',
    });
    const said = `${stdout}${stderr}`;
    expect(said.split('\n').filter((line) => line.startsWith('Error'))).toEqual([]);
    expect(said).toContain('Segmentation');
  });

  it.skipIf(noPydicom)(
    `is semiautomatic where a tool worked on a suggestion ${noPydicom ?? ''}`,
    async () => {
      await station.paint(3, 1, 'started', [1]);
      await station.run('painted', 'out', ['dicom-seg']);
      expect(segments('out')).toMatchObject({
        about: 'holds undecided slices',
        segments: expect.arrayContaining([
          ['SEMIAUTOMATIC', 'a. Painted, not decided on: slice 4.'],
        ]),
      });
    },
    60_000,
  );
});
