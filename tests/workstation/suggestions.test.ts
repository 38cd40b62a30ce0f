import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { UNDER_WAY } from '../../src/main/services/suggest/segment-frames.ts';
import type { StreamFrame } from '../../src/shared/contract/index.ts';
import { writeTinyBundle } from '../bundle/tiny-model.ts';
import { createGate } from '../support/gate.ts';
import { PATIENT } from '../support/patient.ts';
import { fakeEngines } from './fake-engines.ts';
import { openSeries, openWorkstation, type Workstation } from './workstation.ts';

type Frame = Extract<StreamFrame<'suggestions.run'>, { kind: 'slice' }>;

const slicesIn = (frames: readonly StreamFrame<'suggestions.run'>[]): Frame[] =>
  frames.filter((frame): frame is Frame => frame.kind === 'slice');
const finalsIn = (frames: readonly StreamFrame<'suggestions.run'>[]): Frame[] =>
  slicesIn(frames).filter(({ final }) => final);

/** What a page was told without asking, but of its own edits. */
const noticesIn = ({ events }: Workstation['page']) =>
  events.filter(({ name }) => name !== 'annotation');

async function prepared(engines = fakeEngines()): Promise<{
  station: Workstation;
  stack: string;
  labels: [string, string];
  engines: ReturnType<typeof fakeEngines>;
}> {
  const station = await openWorkstation(engines.spawn);
  const stack = await openSeries(station);
  const { id: first } = await station.page.call('labels.create', {
    stack,
    name: 'liver',
    prompt: 'liver',
  });
  const { id: second } = await station.page.call('labels.create', {
    stack,
    name: 'spleen',
    prompt: '',
  });
  return { station, stack, labels: [first, second], engines };
}

async function turns(count: number): Promise<void> {
  for (let n = 0; n < count; n++) await setImmediate();
}

const run = (stack: string, labels: string[], focus = 5, slices: [number, number] = [0, 11]) => ({
  stack,
  labels,
  slices,
  focus,
});

describe('suggestions', () => {
  it('spread from the slice that is looked at', async () => {
    const { station, stack, labels } = await prepared();
    const { result, frames } = station.page.stream('suggestions.run', run(stack, labels));
    expect(await result).toEqual({ slices: 12 });
    const all = slicesIn(frames);
    expect(all[0]).toMatchObject({ index: 5, label: labels[0], samplesUsed: 0, final: false });
    expect(finalsIn(frames)[0]!.index).toBe(5);
    // The one farthest away is not begun before the one looked at has ended.
    const last = all.findIndex(({ index }) => index === 11);
    expect(last).toBeGreaterThan(all.findLastIndex(({ index }) => index === 5));
    const order = finalsIn(frames).map(({ index }) => index);
    expect(order).toHaveLength(24);
  });

  it('are given without their doubt where it is not asked for', async () => {
    const { station, stack, labels } = await prepared();
    await station.page.stream('suggestions.run', run(stack, labels, 5, [5, 5])).result;
    const asked = { stack, label: labels[0], index: 5 };
    const whole = (await station.page.call('suggestions.get', asked))!;
    const without = await station.page.call('suggestions.get', { ...asked, doubt: false });
    expect(whole.total.length).toBe(whole.probability.length);
    const none = new Uint8Array();
    expect(without).toEqual({ ...whole, total: none, aleatoric: none, epistemic: none });
  });

  it('ask for a label without a prompt by its name', async () => {
    const { station, stack, labels } = await prepared();
    await station.page.stream('suggestions.run', run(stack, [labels[1]], 0, [0, 0])).result;
    await station.page.call('labels.change', {
      stack,
      label: labels[1],
      change: { prompt: 'spleen' },
    });
    expect(await station.page.call('suggestions.list', { stack })).toMatchObject([
      { label: labels[1], index: 0 },
    ]);
  });

  it('use as many threads as the settings say', async () => {
    const { station, stack, labels, engines } = await prepared();
    await station.page.stream('suggestions.run', run(stack, [labels[0]], 0, [0, 0])).result;
    await station.page.call('settings.change', { threads: 3 });
    await station.page.stream('suggestions.run', run(stack, [labels[0]], 1, [1, 1])).result;
    expect(engines.threads).toEqual([undefined, 3]);
  });

  it('that are cancelled stop, and what was there by then is there the next time', async () => {
    const gate = createGate();
    const { station, stack, labels, engines } = await prepared(
      fakeEngines({ onForward: gate.pass }),
    );
    const { page } = station;
    await page.call('settings.change', { samples: 100 });
    const first = page.stream('suggestions.run', run(stack, labels), (frame) => {
      if (frame.kind !== 'slice' || !frame.final) return;
      gate.close();
      first.cancel();
    });
    await expect(first.result).rejects.toMatchObject({ code: 'cancelled' });
    // The engine hears of it in the run that is held up at the gate, which is its last: it would
    // begin the next in the next turn of its event loop.
    await turns(10);
    const runs = engines.runs;
    gate.open();
    await turns(10);
    expect(engines.runs).toBe(runs);
    const stored = await page.call('suggestions.list', { stack });
    expect(stored.length).toBeGreaterThan(0);
    expect(stored.length).toBeLessThan(24);
    const second = page.stream('suggestions.run', run(stack, labels, 5, [5, 5]));
    await second.result;
    const mean = slicesIn(second.frames).filter(({ samplesUsed }) => samplesUsed === 0);
    expect(mean.length).toBeLessThan(2);
  });

  it('go on without a label that is removed meanwhile', async () => {
    const { station, stack, labels } = await prepared();
    const { page } = station;
    await page.call('settings.change', { samples: 20 });
    let removed: Promise<unknown> | undefined;
    let after = Infinity;
    const { result, frames } = page.stream('suggestions.run', run(stack, labels), (frame) => {
      if (frame.kind !== 'slice' || !frame.final || removed) return;
      removed = page
        .call('labels.remove', { stack, label: labels[1] })
        .then(() => void (after = frames.length));
    });
    await result;
    await removed;
    const of = (label: string): Frame[] =>
      finalsIn(frames).filter((frame) => frame.label === label);
    expect(of(labels[0])).toHaveLength(12);
    expect(finalsIn(frames.slice(after)).filter(({ label }) => label === labels[1])).toEqual([]);
    expect(of(labels[1]).length).toBeLessThan(12);
    expect(
      (await page.call('suggestions.list', { stack })).every(({ label }) => label === labels[0]),
    ).toBe(true);
  });

  it('wait for a page that takes nothing in, before each slice', async () => {
    const { station, stack, labels } = await prepared();
    const grants: (() => void)[] = [];
    const order = [5, 4, 6, 3, 7, 2, 8, 1, 9, 0, 10, 11];
    let granted = 0;
    const [suggested, tooEarly]: [number[], number[]] = [[], []];
    const result = station.session.streams['suggestions.run'](run(stack, [labels[0]]), {
      signal: new AbortController().signal,
      emit(frame) {
        if (frame.kind !== 'slice') return;
        if (!order.slice(0, granted).includes(frame.index)) tooEarly.push(frame.index);
        if (frame.final) suggested.push(frame.index);
      },
      // The connection's: it grants when the page has taken in enough (connection.test.ts).
      ready: () => new Promise((resolve) => grants.push(resolve)),
    });
    for (; granted < order.length;) {
      // Each slice asks when one before it is done.
      const asked = Math.min(order.length, UNDER_WAY + granted);
      await expect.poll(() => grants.length, PATIENT).toBe(asked);
      await expect.poll(() => suggested, PATIENT).toEqual(order.slice(0, granted));
      grants[granted++]!();
    }
    expect(await result).toEqual({ slices: 12 });
    expect(suggested).toEqual(order);
    expect(tooEarly).toEqual([]);
  });

  it('survive a crash of the engine, of which the page is told', async () => {
    const { station, stack, labels, engines } = await prepared();
    const { page } = station;
    let crashes = 0;
    const { result, frames } = page.stream('suggestions.run', run(stack, labels), () => {
      if (crashes++ === 3) engines.crash();
    });
    expect(await result).toEqual({ slices: 12 });
    expect(finalsIn(frames)).toHaveLength(24);
    expect(engines.started).toBe(2);
    expect(noticesIn(page)).toMatchObject([
      {
        name: 'notice',
        data: {
          level: 'warning',
          message: expect.stringContaining('No label is lost') as string,
          see: 'settings',
        },
      },
    ]);
  });

  it('go on with the CPU where a device fails, which is then said to be in use', async () => {
    const { station, stack, labels } = await prepared(fakeEngines({ broken: 'webgpu' }));
    const { page } = station;
    await page.call('settings.change', { device: 'webgpu' });
    expect(await page.call('devices.inUse', {})).toEqual({ device: 'webgpu' });
    const { result } = page.stream('suggestions.run', run(stack, [labels[0]], 0, [0, 0]));
    expect(await result).toEqual({ slices: 1 });
    expect(noticesIn(page)).toMatchObject([
      { name: 'device', data: { device: 'cpu' } },
      {
        name: 'notice',
        data: {
          level: 'warning',
          message: expect.stringContaining(
            'webgpu failed; the engine goes on with the CPU (no adapter)',
          ) as string,
          see: 'settings',
        },
      },
    ]);
    expect(await page.call('devices.inUse', {})).toEqual({ device: 'cpu' });
  });

  it('never change a label', async () => {
    const { station, stack, labels } = await prepared();
    const { page } = station;
    const before = await page.call('annotation.get', { stack });
    await page.stream('suggestions.run', run(stack, labels)).result;
    expect(await page.call('annotation.get', { stack })).toEqual(before);
    expect(await page.call('annotation.voxels', { stack })).toEqual([]);
  });

  it('are other ones with other settings, and the same again with the same', async () => {
    const { station, stack, labels, engines } = await prepared();
    const { page } = station;
    await page.stream('suggestions.run', run(stack, labels)).result;
    for (const change of [{ samples: 5 }, { seed: 7 }, { tolerance: 0.2 }]) {
      await page.call('settings.change', change);
      expect(await page.call('suggestions.list', { stack })).toEqual([]);
      expect(await page.call('suggestions.get', { stack, label: labels[0], index: 5 })).toBe(null);
    }
    await page.call('settings.change', { samples: 4, seed: 0, tolerance: 0 });
    expect(await page.call('suggestions.list', { stack })).toHaveLength(24);
    const runs = engines.runs;
    await page.stream('suggestions.run', run(stack, labels)).result;
    expect(engines.runs).toBe(runs);
    await page.call('suggestions.clear', { stack });
    expect(await page.call('suggestions.list', { stack })).toEqual([]);
  });

  it.each([
    ['unknown-label', { labels: ['99'] }],
    ['no-such-slice', { slices: [0, 12] }],
    ['no-such-slice', { slices: [3, 2] }],
    ['unknown-stack', { stack: '1.2.3' }],
  ])('are refused in words: %s for %j', async (code, change) => {
    const { station, stack, labels } = await prepared();
    const input = { ...run(stack, labels), ...change } as ReturnType<typeof run>;
    const { result } = station.page.stream('suggestions.run', input);
    await expect(result).rejects.toMatchObject({ code });
  });

  it('of a prompt that the model cannot read are refused at once, with the name of the label', async () => {
    const { station, stack, labels } = await prepared();
    const { page, root } = station;
    const model = writeTinyBundle(join(root, 'reading'));
    await page.call('settings.change', { model });
    // Three words fit; what is proposed is no longer.
    const name = 'left kidney, the upper pole';
    const label = await page.call('labels.create', { stack, name });
    expect(label.prompt).toBe('left kidney');
    const change = { prompt: 'left kidney and right kidney' };
    await page.call('labels.change', { stack, label: label.id, change });
    const { result, frames } = page.stream('suggestions.run', run(stack, [labels[0], label.id]));
    await expect(result).rejects.toMatchObject({
      code: 'prompt-too-long',
      message: expect.stringContaining(`The label “${name}” cannot be suggested.`),
      hint: expect.stringContaining('this much fits: “left kidney and”'),
    });
    expect(frames).toEqual([]);
  });

  it('that the model cannot read end with what is wrong', async () => {
    const { station, stack, labels } = await prepared();
    const { page } = station;
    const prompt = 'a prompt of more than twenty letters';
    await page.call('labels.change', { stack, label: labels[0], change: { prompt } });
    const { result } = page.stream('suggestions.run', run(stack, labels));
    await expect(result).rejects.toThrow(/too long/);
    // Others are not stuck behind it.
    expect(await page.stream('suggestions.run', run(stack, [labels[1]])).result).toEqual({
      slices: 12,
    });
  });
});
