import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openBundle } from '../../src/main/engine/bundle/bundle.ts';
import { forkEngine } from '../../src/main/engine/process/spawn.ts';
import { startEngine } from '../../src/main/engine/process/supervisor.ts';
import { resolveBundle } from '../../src/main/engine/bundle/library.ts';
import { readImage } from '../../src/main/images/index.ts';
import { scanImages } from '../../src/main/images/index.ts';
import { chooseImage } from '../../src/main/services/cases/index.ts';
import { segmentSeries } from '../../src/main/services/suggest/index.ts';
import type { StreamFrame } from '../../src/shared/contract/index.ts';
import { reorient } from '../../src/shared/geometry/index.ts';
import { toBytes } from '../../src/shared/map-bytes.ts';
import { spacingOf, type Triple, type Volume } from '../../src/shared/volume.ts';
import { writeSeries } from '../export/dicom-series.ts';
import { describeShared } from '../support/shared-data.ts';
import { slicePatch } from '../support/slice-patch.ts';
import { fakeEngines } from './fake-engines.ts';
import { openSeries, openWorkstation, type Workstation } from './workstation.ts';

const THREE = ['axial', 'coronal', 'sagittal'];

/** Sagittal slices from left to right: they are turned to be displayed. */
const SAGITTAL = {
  row: [0, 1, 0],
  column: [0, 0, -1],
  position: [20, -30, 40],
  acquisition: '3D',
  reversed: false,
} as const;
/** The order in which its voxels lie in memory, in which files need not have them. */
const ORDER = 'PIR';
const SIZE: Triple = [16, 14, 12];
const SLICES = SIZE[2];
const ALL = SIZE[0] + SIZE[1] + SIZE[2];

interface Prepared {
  readonly station: Workstation;
  readonly engines: ReturnType<typeof fakeEngines>;
  readonly stack: string;
  readonly labels: readonly string[];
}

/** A small MR series, and a model that wants to look at MR in three planes. */
async function prepared(engines = fakeEngines()): Promise<Prepared> {
  const station = await openWorkstation(engines.spawn);
  const { page, root } = station;
  const path = join(root, 'model', 'model.json');
  const json = JSON.parse(readFileSync(path, 'utf8')) as { preprocessing: object };
  const window = { default: { centre: 60, width: 120 } };
  json.preprocessing = { ...json.preprocessing, window, planes: { default: THREE } };
  writeFileSync(path, JSON.stringify(json));
  mkdirSync(join(root, 'mr'));
  writeSeries(join(root, 'mr'), { ...SAGITTAL, spacing: [1, 1.1, 1.2], size: SIZE });
  const stack = await openSeries(station, 'mr');
  const labels: string[] = [];
  for (const name of ['liver', 'spleen'])
    labels.push((await page.call('labels.create', { stack, name, prompt: name })).id);
  return { station, engines, stack, labels };
}

const whole = ({ stack, labels }: Prepared) => ({
  stack,
  labels: [...labels],
  slices: [0, SLICES - 1] as [number, number],
  focus: 1,
});

const planesIn = async ({ station, stack }: Prepared): Promise<string[][]> =>
  (await station.page.call('suggestions.list', { stack })).map(({ planes }) => planes);

/** What `segment` writes of the same series with the same settings. */
async function segmented(
  folder: string,
  model: string,
  spawn = forkEngine,
  labels = [{ name: 'liver', prompt: 'liver' }],
  samples = 4,
) {
  const bundle = await openBundle(model);
  const engine = startEngine({ spawn, onNotice: () => undefined });
  try {
    await engine.load(model, 'cpu', undefined);
    const out = join(folder, 'segmented');
    await segmentSeries(
      {
        use: () => Promise.resolve(),
        learn: (request, options) => engine.learn(request, options),
        device: () => 'cpu',
        predict: (request, signal) => engine.predict(request, signal ? { signal } : {}).result,
      },
      {
        image: chooseImage(await scanImages([join(folder, 'mr')])),
        bundle,
        out,
        labels,
        samples,
        seed: 0,
        tolerance: 0,
        application: { version: '0.0.0' },
      },
    );
    const read = async (name: string): Promise<Volume> =>
      reorient(await readImage(join(out, name)), ORDER).volume;
    const [labelMap, probability] = [await read('labels.nii.gz'), await read('probability.nii.gz')];
    const { sampling } = JSON.parse(readFileSync(join(out, 'provenance.json'), 'utf8')) as {
      sampling: { planes: string[] };
    };
    return { labelMap: labelMap.data, probability: probability.data, planes: sampling.planes };
  } finally {
    await engine.close();
  }
}

/** The window's mask of a label and its probability in bytes, all slices one behind the other. */
async function shown({ page }: Workstation, stack: string, label: string, slices: number) {
  const all: Uint8Array[] = [];
  for (let index = 0; index < slices; index++) {
    const maps = await page.call('suggestions.get', { stack, label, index });
    all.push(maps!.probability);
  }
  const probability = new Uint8Array(Buffer.concat(all));
  return { probability, mask: probability.map((p) => (p >= 128 ? 1 : 0)) };
}

describe('a series that is suggested in the planes that the model asks for', () => {
  it('is what segment makes of it, voxel by voxel', async () => {
    const { station, engines, stack, labels } = await prepared();
    const [liver] = labels;
    const slices: [number, number] = [0, SLICES - 1];
    const input = { stack, labels: [liver!], slices, focus: 1 };
    await station.page.stream('suggestions.run', input).result;
    const { root } = station;
    const expected = await segmented(root, join(root, 'model'), engines.spawn);
    const { probability, mask } = await shown(station, stack, liver!, SLICES);
    expect(expected.planes).toEqual(THREE);
    expect([...mask]).toEqual([...expected.labelMap]);
    expect([...probability]).toEqual([
      ...toBytes('probability', Float32Array.from(expected.probability)),
    ]);
    expect(mask.some((v) => v === 1) && mask.some((v) => v === 0)).toBe(true);
  });

  it('is shown slice by slice from the acquired plane, the one in view first, then fused', async () => {
    const all = await prepared();
    const { station, stack, labels } = all;
    const texts: string[] = [];
    const { result, frames } = station.page.stream('suggestions.run', whole(all), (frame) => {
      if (frame.kind === 'progress') texts.push(frame.text);
    });
    expect(await result).toEqual({ slices: SLICES });
    type Slice = Extract<StreamFrame<'suggestions.run'>, { kind: 'slice' }>;
    const finals = frames.filter((frame): frame is Slice => frame.kind === 'slice' && frame.final);
    expect(finals[0]!.index).toBe(1);
    expect(finals).toHaveLength(2 * SLICES);
    expect(finals.every(({ planes }) => planes.join() === 'acquired')).toBe(true);
    expect(texts.at(-1)).toBe(`Fusing planes: ${ALL - SLICES} of ${ALL - SLICES} slices`);
    expect(await planesIn(all)).toEqual(Array(2 * SLICES).fill(THREE));
    // What came slice by slice belongs to one plane; what is there now says how far they disagree.
    const before = finals.find(({ index, label }) => index === 2 && label === labels[0])!;
    const after = await station.page.call('suggestions.get', {
      stack,
      label: labels[0]!,
      index: 2,
    });
    expect(Buffer.compare(before.probability, after!.probability)).not.toBe(0);
    after!.total.forEach((total, i) =>
      expect(Math.abs(total - after!.aleatoric[i]! - after!.epistemic[i]!)).toBeLessThan(2),
    );
    expect((await station.page.call('queue.next', { stack, count: 3 })).length).toBe(3);
  });

  it('stays that of the acquired plane where the settings or the range say so', async () => {
    const all = await prepared();
    const { station, stack } = all;
    const { page } = station;
    const part = { ...whole(all), slices: [0, SLICES - 2] as [number, number] };
    await page.stream('suggestions.run', part).result;
    expect(new Set((await planesIn(all)).flat())).toEqual(new Set(['acquired']));
    await page.stream('suggestions.run', whole(all)).result;
    expect(new Set((await planesIn(all)).flat())).toEqual(new Set(THREE));
    const { runs } = all.engines;
    await page.call('settings.change', { planes: 'acquired' });
    expect(await planesIn(all)).toEqual(Array(2 * SLICES).fill(['acquired']));
    await page.call('settings.change', { planes: 'model' });
    // All is there: nobody asks the model again.
    await page.stream('suggestions.run', whole(all)).result;
    expect(await planesIn(all)).toEqual(Array(2 * SLICES).fill(THREE));
    expect(all.engines.runs).toBe(runs);
    await page.call('suggestions.clear', { stack });
    expect(await planesIn(all)).toEqual([]);
  });

  it('is that of the acquired plane where it is cancelled before all planes were looked at', async () => {
    const all = await prepared();
    const { page } = all.station;
    const run = page.stream('suggestions.run', whole(all), (frame) => {
      if (frame.kind === 'progress' && frame.text.startsWith('Fusing planes: 2 ')) run.cancel();
    });
    await expect(run.result).rejects.toMatchObject({ code: 'cancelled' });
    expect(await planesIn(all)).toEqual(Array(2 * SLICES).fill(['acquired']));
    // The next time it is the same as if it had not been: noise does not depend on the order.
    await page.stream('suggestions.run', whole(all)).result;
    const [liver] = all.labels;
    const again = await shown(all.station, all.stack, liver!, SLICES);
    const { root } = all.station;
    const expected = await segmented(root, join(root, 'model'), all.engines.spawn);
    expect([...again.mask]).toEqual([...expected.labelMap]);
  });

  it('follows decided slices, and says which planes a mask came from that is accepted', async () => {
    const all = await prepared();
    const { station, stack, labels } = all;
    const { page } = station;
    await page.stream('suggestions.run', whole(all)).result;
    const [columns, rows] = SIZE;
    const disc = Uint8Array.from({ length: columns * rows }, (_, i) =>
      Math.hypot((i % columns) - 8, Math.floor(i / columns) - 7) < 4 ? 1 : 0,
    );
    for (const index of [1, 4, 7, 10]) {
      await page.call('edits.apply', {
        stack,
        name: 'Brush',
        slices: [slicePatch(index, disc)],
        review: [{ index, state: 'corrected' }],
        actor: 'human',
      });
    }
    const list = await page.call('suggestions.list', { stack });
    expect(list.every(({ planes }) => planes.join() === THREE.join())).toBe(true);
    const ownLabel = list.filter(({ label }) => label === labels[0]);
    expect(ownLabel.some(({ evidence }) => evidence?.slices === 4)).toBe(true);
    const maps = await page.call('suggestions.get', { stack, label: labels[0]!, index: 5 });
    await page.call('edits.apply', {
      stack,
      name: 'Accept',
      slices: [
        slicePatch(
          5,
          maps!.probability.map((p) => (p >= 128 ? 1 : 0)),
        ),
      ],
      review: [{ index: 5, state: 'accepted' }],
      actor: 'model',
    });
    await page.stream('export.run', {
      stack,
      folder: station.root,
      formats: ['nifti'],
      deidentify: false,
    }).result;
    const provenance = readFileSync(join(station.root, 'provenance.json'), 'utf8');
    const { review, sampling } = JSON.parse(provenance) as {
      review: { suggestions: { planes: string[] }[] };
      sampling?: { planes: string[] };
    };
    expect(review.suggestions.map(({ planes }) => planes)).toContainEqual(THREE);
    expect(sampling?.planes ?? THREE).toEqual(THREE);
  });
});

describeShared('the default bundle on an MR series', ['data', 'hippocampus'], (data) => {
  it('says in the window what segment says, voxel by voxel', async () => {
    const station = await openWorkstation(forkEngine);
    const { page, root } = station;
    const { volume } = reorient(
      await readImage(join(data, 'images', 'hippocampus_001.nii.gz')),
      ORDER,
    );
    const { affineLps: a, size } = volume.grid;
    const shape = { ...SAGITTAL, position: [a[3]!, a[7]!, a[11]!] as const };
    mkdirSync(join(root, 'mr'));
    const spacing = spacingOf(volume.grid);
    writeSeries(join(root, 'mr'), { ...shape, size, spacing }, Int16Array.from(volume.data));
    await page.call('settings.change', { model: 'default', samples: 0 });
    const stack = await openSeries(station, 'mr');
    const prompt = 'hippocampus in a brain MR';
    const { id } = await page.call('labels.create', { stack, name: 'hippocampus', prompt });
    const slices: [number, number] = [0, size[2] - 1];
    const input = { stack, labels: [id], slices, focus: size[2] >> 1 };
    await page.stream('suggestions.run', input).result;
    const { mask } = await shown(station, stack, id, size[2]);
    const labels = [{ name: 'hippocampus', prompt }];
    const model = resolveBundle('default');
    const expected = await segmented(root, model, forkEngine, labels, 0);
    expect(expected.planes).toEqual(THREE);
    expect(Buffer.compare(mask, Uint8Array.from(expected.labelMap))).toBe(0);
    expect(mask.reduce((sum, v) => sum + v, 0)).toBeGreaterThan(500);
  });
});
