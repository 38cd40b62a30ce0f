import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createGate } from '../support/gate.ts';
import { PATIENT } from '../support/patient.ts';
import { slicePatch } from '../support/slice-patch.ts';
import { writeTinyBundle } from '../bundle/tiny-model.ts';
import { fakeEngines, type FakeEngineOptions } from './fake-engines.ts';
import { openSeries, openWorkstation, type Workstation } from './workstation.ts';

const PIXELS = 32 * 32;

interface Prepared {
  readonly station: Workstation;
  readonly engines: ReturnType<typeof fakeEngines>;
  readonly stack: string;
  readonly label: string;
}

/** Holds learning up in its third step, so that pages have been told of the first two. */
function gateInThirdStep() {
  const gate = createGate();
  let steps = 0;
  const onStep = (): Promise<void> => {
    if (++steps === 3) gate.close();
    return gate.pass();
  };
  return { onStep, open: gate.open };
}

/** A series whose first slices were accepted as they were suggested. */
async function prepared(accepted: number, options: FakeEngineOptions = {}): Promise<Prepared> {
  const engines = fakeEngines(options);
  const station = await openWorkstation(engines.spawn);
  const { page } = station;
  const stack = await openSeries(station);
  const { id } = await page.call('labels.create', { stack, name: 'liver', prompt: 'liver' });
  if (accepted > 0) {
    const slices: [number, number] = [0, accepted - 1];
    await page.stream('suggestions.run', { stack, labels: [id], slices, focus: 0 }).result;
    for (let index = 0; index < accepted; index++) {
      const maps = await page.call('suggestions.get', { stack, label: id, index });
      const labels = maps!.probability.map((p) => (p >= 128 ? 1 : 0));
      await page.call('edits.apply', {
        stack,
        name: 'Accept',
        slices: [slicePatch(index, labels)],
        review: [{ index, state: 'accepted' }],
        actor: 'model',
      });
    }
  }
  return { station, engines, stack, label: id };
}

const round = (stack: string, change: object = {}) => ({
  stack,
  name: 'round',
  steps: 5,
  overrule: false,
  ...change,
});

describe('learning', () => {
  it('is what a model whose adapters learned nothing yet needs before it suggests', async () => {
    const station = await openWorkstation(fakeEngines().spawn);
    const { page, root } = station;
    const model = writeTinyBundle(join(root, 'towers'), {
      tokenizer: null,
      json: (json) => (json['untrained'] = true),
    });
    await page.call('settings.change', { model });
    const stack = await openSeries(station);
    const { id } = await page.call('labels.create', { stack, name: 'liver', prompt: 'liver' });
    const slices: [number, number] = [0, 1];
    const suggest = (): Promise<unknown> =>
      page.stream('suggestions.run', { stack, labels: [id], slices, focus: 0 }).result;
    await expect(suggest()).rejects.toMatchObject({
      code: 'untrained-model',
      hint: expect.stringMatching(/Annotate .* learn/),
    });
    const mask = Uint8Array.from({ length: PIXELS }, (_, i) => (i % 32 < 9 ? 1 : 0));
    for (const index of [4, 5]) {
      await page.call('edits.apply', {
        stack,
        name: 'Accept',
        slices: [slicePatch(index, mask)],
        review: [{ index, state: 'corrected' }],
        actor: 'human',
      });
    }
    const { kept } = await page.stream('learning.run', round(stack, { overrule: true })).result;
    expect(kept).toBe(true);
    await suggest();
  });

  it('puts what is no worse to use', async () => {
    const { station, stack, engines } = await prepared(4);
    const { result, frames } = station.page.stream('learning.run', round(stack));
    const { kept, version } = await result;
    expect(kept).toBe(true);
    expect(version).toMatchObject({
      slices: { training: 3, validation: 1 },
      before: version.after,
      parent: null,
    });
    expect(frames.some((frame) => frame.kind === 'step' && frame.step === 5)).toBe(true);
    const info = await station.page.call('models.info', {});
    expect([info.current, info.versions]).toEqual([version.id, [version]]);
    const { result: next } = station.page.stream('learning.run', round(stack, { steps: 6 }));
    expect((await next).version.parent).toBe(version.id);
    // Its own adapters, and those to be judged.
    expect(new Set(engines.loaded).size).toBeGreaterThan(2);
  });

  it('leaves what is worse aside, until somebody wants it all the same', async () => {
    const { station, stack } = await prepared(4, { learnsWrong: true });
    const { page } = station;
    const { kept, version } = await page.stream('learning.run', round(stack)).result;
    expect([kept, version.overruled]).toEqual([false, false]);
    expect(version.after!.dice).toBeLessThan(version.before!.dice);
    expect(await page.call('models.info', {})).toMatchObject({ current: null, versions: [] });
    await expect(page.call('learning.keep', { version: '0123456789ab' })).rejects.toMatchObject({
      code: 'unknown-version',
    });
    const info = await page.call('learning.keep', { version: version.id });
    expect(info).toMatchObject({
      current: version.id,
      versions: [{ id: version.id, overruled: true }],
    });
    await expect(page.call('learning.keep', { version: version.id })).rejects.toMatchObject({
      code: 'unknown-version',
    });
  });

  it('stands back while something is suggested, and suggests with what is in use', async () => {
    const { onStep, open } = gateInThirdStep();
    const { station, stack, label } = await prepared(4, { onStep, learnsWrong: true });
    const { page } = station;
    // Of the model alone: joined, it would change with what the model is asked meanwhile.
    await page.call('settings.change', { propagate: false });
    const before = await page.call('suggestions.get', { stack, label, index: 0 });
    let steps = 0;
    const learning = page.stream('learning.run', round(stack, { steps: 100 }), (frame) => {
      if (frame.kind === 'step') steps = frame.step;
    });
    let isLearning = true;
    void learning.result.finally(() => (isLearning = false));
    await expect.poll(() => steps, PATIENT).toBe(2);
    // Held up in the middle of its steps.
    const input = { stack, labels: [label], slices: [0, 11] as [number, number], focus: 0 };
    expect(await page.stream('suggestions.run', input).result).toEqual({ slices: 12 });
    expect(isLearning).toBe(true);
    expect((await page.call('suggestions.list', { stack })).length).toBe(12);
    await page.call('suggestions.clear', { stack });
    open();
    // During the judgement another version is loaded: nobody is suggested what it says.
    while (isLearning) await page.stream('suggestions.run', { ...input, slices: [0, 0] }).result;
    const after = await page.call('suggestions.get', { stack, label, index: 0 });
    expect(Buffer.compare(after!.probability, before!.probability)).toBe(0);
  });

  it('is done once at a time, and cancelled without a trace', async () => {
    const { onStep, open } = gateInThirdStep();
    const { station, stack, label } = await prepared(4, { onStep });
    const { page, folder } = station;
    const first = page.stream('learning.run', round(stack, { steps: 1000 }));
    await expect.poll(() => first.frames.some(({ kind }) => kind === 'step'), PATIENT).toBe(true);
    await expect(page.stream('learning.run', round(stack)).result).rejects.toMatchObject({
      code: 'learning-under-way',
    });
    first.cancel();
    await expect(first.result).rejects.toMatchObject({ code: 'cancelled' });
    expect(await page.call('models.info', {})).toMatchObject({ current: null, versions: [] });
    expect(readdirSync(join(folder, 'workspace'))).not.toContain('adapters');
    // The engine is free again, when it comes to hear of it.
    open();
    const input = { stack, labels: [label], slices: [8, 8] as [number, number], focus: 8 };
    expect(await page.stream('suggestions.run', input).result).toEqual({ slices: 1 });
    await expect
      .poll(async () => {
        try {
          return (await page.stream('learning.run', round(stack)).result).kept;
        } catch {
          return undefined;
        }
      }, PATIENT)
      .toBe(true);
  });

  it('needs something to learn from: what was accepted or corrected, not what was only painted', async () => {
    const { station, stack } = await prepared(0);
    const { page } = station;
    const labels = new Uint8Array(PIXELS).fill(1, 0, 100);
    await page.call('edits.apply', {
      stack,
      name: 'Brush',
      slices: [slicePatch(3, labels)],
      actor: 'human',
    });
    await page.call('review.set', { stack, slices: [{ index: 3, state: 'rejected' }] });
    await expect(page.stream('learning.run', round(stack)).result).rejects.toMatchObject({
      code: 'no-corrections',
    });
    await page.call('review.set', { stack, slices: [{ index: 3, state: 'corrected' }] });
    const { version } = await page.stream('learning.run', round(stack)).result;
    expect(version).toMatchObject({ slices: { training: 1, validation: 0 }, before: null });
  });
});
