import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readImage } from '../../src/main/images/index.ts';
import { annotationProvenanceSchema } from '../../src/main/export/annotation-provenance.ts';
import {
  volumePath,
  type CallOutput,
  type StreamFrame,
  type StreamOutput,
} from '../../src/shared/contract/index.ts';
import { decodeRuns } from '../../src/shared/labelmap/rle.ts';
import { slicePatch } from '../support/slice-patch.ts';
import { openWorkstation, type Workstation } from './workstation.ts';

type Frame = Extract<StreamFrame<'suggestions.run'>, { kind: 'slice' }>;

const SIZE = 224;
const PIXELS = SIZE * SIZE;
const RANGE = [12, 19] as const;
const MAPS = ['probability', 'total', 'aleatoric', 'epistemic'] as const;

const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/**
 * One annotator's day, from the first look at the demo to the export: each step stands on the ones
 * before it.
 */
describe('an annotator', () => {
  let station: Workstation;
  let stack: string;
  let info: StreamOutput<'volumes.open'>;
  let kidney: CallOutput<'labels.create'>;
  let other: CallOutput<'labels.create'>;
  /** The final frames by slice. */
  const final = new Map<number, Frame>();
  let learned: StreamOutput<'learning.run'>;

  beforeAll(async () => {
    station = await openWorkstation();
  });

  let stroke: Uint8Array;
  const masked = (index: number): Uint8Array =>
    Uint8Array.from(final.get(index)!.probability, (p) => (p >= 128 ? kidney.value : 0));

  it('opens the demo, and is told how far it is', async () => {
    const { result, frames } = station.page.stream('sources.demo', {});
    const source = await result;
    expect(source).toMatchObject({ loaded: 32, skipped: 0, failed: 0 });
    expect(source.stacks).toMatchObject([
      { modality: 'CT', images: 32, columns: SIZE, rows: SIZE, warnings: [] },
    ]);
    expect(frames.length).toBeGreaterThan(0);
    expect(frames.every(({ kind }) => kind === 'progress')).toBe(true);
    stack = source.stacks[0]!.id;
    expect(await station.page.call('sources.list', {})).toEqual([source]);
    expect(await station.page.call('recents.list', {})).toMatchObject([
      { paths: source.paths, exists: true },
    ]);
  }, 180_000);

  it('looks at it', async () => {
    info = await station.page.stream('volumes.open', { stack, resample: false }).result;
    expect(info).toMatchObject({
      size: [SIZE, SIZE, 32],
      voxelType: 'int16',
      unit: 'HU',
      resampled: null,
    });
    expect(info.presets.map(({ name }) => name)).toContain('soft tissue');
    const answer = await station.session.fetch(new Request(`http://localhost${volumePath(stack)}`));
    const voxels = new Int16Array(await answer.arrayBuffer());
    expect(voxels).toHaveLength(PIXELS * 32);
    expect(Math.min(...voxels.subarray(0, PIXELS))).toBeGreaterThanOrEqual(info.range[0]);
    expect(voxels.includes(info.range[1])).toBe(true);
  });

  it('names what to label, and is proposed a prompt', async () => {
    const { page } = station;
    // The model reads three words: where it is looked for is left out.
    expect(await page.call('labels.proposePrompt', { stack, name: 'left kidney' })).toEqual({
      prompt: 'left kidney',
    });
    kidney = await page.call('labels.create', {
      stack,
      name: 'left kidney',
      prompt: 'left kidney',
    });
    expect(kidney).toMatchObject({ value: 1, visible: true, locked: false });
    other = await page.call('labels.create', { stack, name: 'right kidney', prompt: '' });
    expect([other.value, other.colour === kidney.colour]).toEqual([2, false]);
  });

  it('is suggested labels, the slice looked at first, the mean pass before its refinements', async () => {
    const input = { stack, labels: [kidney.id], slices: [...RANGE] as [number, number], focus: 16 };
    const { result, frames } = station.page.stream('suggestions.run', input);
    expect(await result).toEqual({ slices: 8 });
    const slices = frames.filter((frame): frame is Frame => frame.kind === 'slice');
    expect(slices[0]).toMatchObject({ label: kidney.id, index: 16, samplesUsed: 0, final: false });
    expect(slices[0]!.epistemic.every((value) => value === 0)).toBe(true);
    const finals = slices.filter((frame) => frame.final);
    expect(finals[0]!.index).toBe(16);
    expect(finals.map(({ index }) => index).sort()).toEqual([12, 13, 14, 15, 16, 17, 18, 19]);
    for (const frame of finals) {
      expect(frame.samplesUsed).toBe(4);
      expect(frame.score).toBeGreaterThanOrEqual(0);
      expect(frame.doubt).toBeLessThanOrEqual(Math.LN2);
      for (const map of MAPS) expect(frame[map]).toHaveLength(PIXELS);
      final.set(frame.index, frame);
    }
    // Samples of a random model disagree.
    expect(finals.some(({ epistemic }) => epistemic.some((value) => value > 0))).toBe(true);
    expect(frames.findLast(({ kind }) => kind === 'progress')).toMatchObject({ done: 1 });
  }, 120_000);

  it('keeps what was labelled as it was, whatever is suggested', async () => {
    expect(await station.page.call('annotation.voxels', { stack })).toEqual([]);
    const { undo, review } = await station.page.call('annotation.get', { stack });
    expect([undo, new Set(review)]).toEqual([[], new Set(['unseen'])]);
  });

  it('has the same suggestions at once when asking again', async () => {
    const { page } = station;
    const input = { stack, labels: [kidney.id], slices: [12, 19] as [number, number], focus: 12 };
    const { result, frames } = page.stream('suggestions.run', input);
    await result;
    const slices = frames.filter((frame): frame is Frame => frame.kind === 'slice');
    expect(slices.map(({ index }) => index)).toEqual([12, 13, 14, 15, 16, 17, 18, 19]);
    for (const { index, score, ...maps } of slices) {
      expect(score).toBe(final.get(index)!.score);
      for (const map of MAPS) expect(isSame(maps[map], final.get(index)![map])).toBe(true);
    }
    const list = await page.call('suggestions.list', { stack });
    expect(list).toHaveLength(8);
    const stored = await page.call('suggestions.get', { stack, label: kidney.id, index: 16 });
    expect(isSame(stored!.total, final.get(16)!.total)).toBe(true);
    // Another prompt is another question.
    await page.call('labels.change', {
      stack,
      label: kidney.id,
      change: { prompt: 'right kidney' },
    });
    expect(await page.call('suggestions.list', { stack })).toEqual([]);
    await page.call('labels.change', {
      stack,
      label: kidney.id,
      change: { prompt: 'left kidney' },
    });
    expect(await page.call('suggestions.list', { stack })).toEqual(list);
  });

  it('is led to slices far apart, then to the most doubtful, and to regions', async () => {
    const queue = await station.page.call('queue.next', { stack, count: 5 });
    expect(queue.map(({ why }) => why)).toEqual(['far', 'far', 'far', 'far', 'doubtful']);
    for (const { index, score } of queue) expect(score).toBe(final.get(index)!.score);
    const [first] = queue;
    for (const { label, index, peak, mass } of first!.regions) {
      expect([label, index, mass > 0]).toEqual([kidney.id, first!.index, true]);
      const [x, y] = peak;
      const { total } = final.get(index)!;
      expect(total[x + SIZE * y]).toBeGreaterThanOrEqual(127);
    }
  });

  it('paints, takes it back, and does it again', async () => {
    const { page } = station;
    stroke = new Uint8Array(PIXELS).fill(kidney.value, 1000, 1400);
    const painted = await page.call('edits.apply', {
      stack,
      name: 'Brush',
      slices: [slicePatch(13, stroke)],
      actor: 'human',
    });
    expect(painted).toMatchObject({ slices: [{ index: 13 }], undo: ['Brush'], redo: [] });
    const undone = await page.call('edits.undo', { stack });
    expect(undone).toMatchObject({ undo: [], redo: ['Brush'] });
    expect(decodeRuns(undone!.slices[0]!.runs, PIXELS).includes(1)).toBe(false);
    expect(await page.call('edits.undo', { stack })).toBe(null);
    const redone = await page.call('edits.redo', { stack });
    expect(isSame(decodeRuns(redone!.slices[0]!.runs, PIXELS), stroke)).toBe(true);
    await page.call('review.set', { stack, slices: [{ index: 13, state: 'corrected' }] });
  });

  it('accepts suggestions, which never take what was painted by hand', async () => {
    const { page } = station;
    const slices = [12, 14, 15, 16, 17].map((index) => slicePatch(index, masked(index)));
    const review = slices.map(({ index }) => ({ index, state: 'accepted' as const }));
    const accepted = await page.call('edits.apply', {
      stack,
      name: 'Accept suggestion',
      slices,
      review,
      actor: 'model',
    });
    // Whoever accepts a slice knows of every label that there is.
    const labels = [kidney.id, other.id];
    expect(accepted.review).toEqual(review.map((slice) => ({ ...slice, labels, unseen: [] })));
    expect(accepted.undo[0]).toBe('Accept suggestion');
    // On the slice with the stroke, the suggestion is the background everywhere.
    const empty = await page.call('edits.apply', {
      stack,
      name: 'Accept suggestion',
      slices: [slicePatch(13, new Uint8Array(PIXELS), stroke)],
      actor: 'model',
    });
    expect(
      decodeRuns(empty.slices[0]!.runs, PIXELS)
        .subarray(1000, 1400)
        .every((v) => v === 1),
    ).toBe(true);
    expect(empty.undo).toEqual(accepted.undo);
  });

  it('corrects what was accepted', async () => {
    const { page } = station;
    const labels = masked(14).map((v, i) => (i < 50 ? kidney.value - v : v));
    const corrected = await page.call('edits.apply', {
      stack,
      name: 'Brush',
      slices: [slicePatch(14, labels, masked(14))],
      actor: 'human',
    });
    expect(corrected.review).toEqual([
      { index: 14, state: 'corrected', labels: [kidney.id, other.id], unseen: [] },
    ]);
    const { review } = await page.call('annotation.get', { stack });
    expect(review.slice(12, 18)).toEqual([
      'accepted',
      'corrected',
      'corrected',
      'accepted',
      'accepted',
      'accepted',
    ]);
    const next = await page.call('queue.next', { stack, count: 10 });
    expect(next.map(({ index }) => index).sort()).toEqual([18, 19]);
  });

  it('has the model learn from that', async () => {
    const { page } = station;
    const input = { stack, name: 'first round', steps: 4, overrule: true };
    const { result, frames } = page.stream('learning.run', input);
    learned = await result;
    expect(learned).toMatchObject({
      kept: true,
      version: { name: 'first round', steps: 4, slices: { training: 4, validation: 2 } },
    });
    expect(frames.filter(({ kind }) => kind === 'step')).not.toHaveLength(0);
    const model = await page.call('models.info', {});
    expect([model.current, model.versions.map(({ id }) => id)]).toEqual([
      learned.version.id,
      [learned.version.id],
    ]);
    // What is suggested now is another model's.
    expect(await page.call('suggestions.list', { stack })).toEqual([]);
  }, 120_000);

  it('names, leaves and takes up versions', async () => {
    const { page, root } = station;
    const { id } = learned.version;
    const renamed = await page.call('versions.rename', { version: id, name: 'kidneys' });
    expect(renamed.versions).toMatchObject([{ id, name: 'kidneys' }]);
    expect((await page.call('versions.use', { version: null })).current).toBe(null);
    expect(await page.call('suggestions.list', { stack })).toHaveLength(8);
    await page.call('versions.export', { version: id, folder: join(root, 'adapters') });
    expect((await page.call('versions.remove', { version: id })).versions).toEqual([]);
    await page.call('versions.import', { folder: join(root, 'adapters') });
    const used = await page.call('versions.use', { version: id });
    expect([used.current, used.versions[0]!.name]).toEqual([id, 'kidneys']);
  });

  it('exports, with all that the labels came from', async () => {
    const { page, root } = station;
    const folder = join(root, 'results');
    const formats: ('nifti' | 'csv')[] = ['nifti', 'csv'];
    const { files } = await page.stream('export.run', { stack, folder, formats, deidentify: true })
      .result;
    expect(readdirSync(folder).sort()).toEqual([...files].sort());
    // The model was not asked about every slice: nothing is said of its doubt.
    expect(files).toEqual([
      'labels.nii.gz',
      'labels.tsv',
      'labels.label.txt',
      'statistics.csv',
      'provenance.json',
    ]);
    const { data, grid } = await readImage(join(folder, 'labels.nii.gz'));
    expect(grid.size).toEqual([SIZE, SIZE, 32]);
    const painted = (await page.call('annotation.voxels', { stack })).map(({ runs }) =>
      decodeRuns(runs, PIXELS).reduce((sum, v) => sum + (v === 1 ? 1 : 0), 0),
    );
    const voxels = painted.reduce((sum, n) => sum + n, 0);
    expect([...data].reduce((sum, v) => sum + v, 0)).toBe(voxels);
    expect(readFileSync(join(folder, 'statistics.csv'), 'utf8')).toContain(
      `1,left kidney,left kidney,${voxels},`,
    );
    const provenance = annotationProvenanceSchema.parse(
      JSON.parse(readFileSync(join(folder, 'provenance.json'), 'utf8')),
    );
    expect(provenance.model).toBe(null);
    expect(provenance.review.states[14]).toBe('corrected');
    expect(provenance.review.suggestions).toMatchObject([
      {
        acceptedBy: 'ada',
        model: { name: 'tiny' },
        adapters: null,
        prompts: { 1: 'left kidney' },
        samples: 4,
      },
    ]);
    expect(provenance.source.seriesInstanceUid).toMatch(/^2\.25\./);
    expect(JSON.stringify(provenance)).not.toContain(info.stack.seriesInstanceUid);
  });

  it('finds everything again the next day', async () => {
    const before = await station.page.call('annotation.get', { stack });
    const voxels = await station.page.call('annotation.voxels', { stack });
    station = await station.restart();
    const { page } = station;
    const [recent] = await page.call('recents.list', {});
    const source = await page.stream('sources.open', { paths: recent!.paths }).result;
    stack = source.stacks[0]!.id;
    await page.stream('volumes.open', { stack, resample: false }).result;
    expect(await page.call('annotation.get', { stack })).toEqual(before);
    expect(await page.call('annotation.voxels', { stack })).toEqual(voxels);
    expect((await page.call('models.info', {})).current).toBe(learned.version.id);
    expect(await page.call('settings.get', {})).toMatchObject({
      samples: 4,
      model: join(station.root, 'model'),
    });
    const undone = await page.call('edits.undo', { stack });
    expect(undone!.redo).toEqual(['Brush']);
  }, 120_000);
});
