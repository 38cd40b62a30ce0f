import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { refusal, writeTinyBundle } from '../bundle/tiny-model.ts';
import { inLibrary } from '../models/library-folder.ts';
import { createGate } from '../support/gate.ts';
import { fakeEngines } from './fake-engines.ts';
import { openSeries, openWorkstation, type Workstation } from './workstation.ts';

const { at } = inLibrary();
let station: Workstation;
beforeEach(async () => {
  station = await openWorkstation(fakeEngines().spawn);
  writeTinyBundle(join(station.root, 'other'));
});

const ids = async (): Promise<string[]> =>
  (await station.page.call('library.list', {})).models.map(({ id }) => id);
const add = (name: string) =>
  station.page.stream('library.import', { path: join(station.root, 'other'), name });

describe('the library of a session', () => {
  it('takes in a model, says so to every page, and gives its card', async () => {
    expect(await ids()).toEqual(['default']);
    const adding = add('mine');
    expect(await adding.result).toEqual({ model: 'mine', shared: 0 });
    expect(adding.frames.map(({ text }) => text)).toContain('Copying');
    expect(await ids()).toEqual(['default', 'mine']);
    expect(station.page.events).toContainEqual({ kind: 'event', name: 'library', data: {} });
    expect(await station.page.call('library.card', { model: 'mine' })).toMatchObject({
      ...{ id: 'mine', licence: 'none', prompts: [], text: '', measured: null, sharesWith: [] },
      folder: at('models', 'mine'),
    });
  });

  it('refuses in words what lies outside, is damaged, or has a name that is taken', async () => {
    writeTinyBundle(join(station.folder, 'outside'));
    symlinkSync(join(station.folder, 'outside'), join(station.root, 'link'));
    mkdirSync(join(station.root, 'empty'));
    const code = async (path: string, name: string) =>
      (
        await refusal(
          () =>
            station.page.stream('library.import', { path: join(station.root, path), name }).result,
        )
      ).code;
    expect(await code('../outside', 'a')).toBe('path-not-allowed');
    expect(await code('link', 'a')).toBe('path-not-allowed');
    expect(await code('empty', 'a')).toBe('no-bundle');
    expect(await code('other', 'default')).toBe('bad-model-name');
    expect(existsSync(at('models')) ? readdirSync(at('models')) : []).toEqual([]);
  });

  it('lets a model be the default, also for a workspace that names none', async () => {
    await add('mine').result;
    await station.page.call('settings.change', { model: 'default' });
    expect((await station.page.call('models.info', {})).name).toBe('default');
    const { models } = await station.page.call('library.setDefault', { model: 'mine' });
    expect(models.filter(({ isDefault }) => isDefault).map(({ id }) => id)).toEqual(['mine']);
    expect((await station.page.call('models.info', {})).name).toBe('mine');
    await station.page.call('settings.change', { model: 'shipped' });
    expect((await station.page.call('models.info', {})).name).toBe('default');
  });

  it('removes no model that is in use, and any other of the user', async () => {
    await add('mine').result;
    const remove = (model: string) => station.page.call('library.remove', { model });
    await station.page.call('settings.change', { model: 'mine' });
    expect(await refusal(() => remove('mine'))).toMatchObject({ code: 'model-in-use' });
    expect((await refusal(() => remove('default'))).code).toBe('shipped-model');
    await station.page.call('settings.change', { model: 'default' });
    await remove('mine');
    expect(await ids()).toEqual(['default']);
    expect((await refusal(() => remove('mine'))).code).toBe('unknown-model');
  });

  it('removes no model that works for somebody, whatever the settings say by now', async () => {
    const gate = createGate();
    gate.close();
    let begun = (): void => undefined;
    const atWork = new Promise<void>((resolve) => (begun = resolve));
    const onForward = (): Promise<void> => (begun(), gate.pass());
    station = await openWorkstation(fakeEngines({ onForward }).spawn);
    writeTinyBundle(join(station.root, 'other'), { tokenizer: null });
    const stack = await openSeries(station);
    await add('mine').result;
    await station.page.call('settings.change', { model: 'mine' });
    const { id } = await station.page.call('labels.create', {
      stack,
      name: 'liver',
      prompt: 'liver',
    });
    const input = { stack, labels: [id], slices: [0, 0] as [number, number], focus: 0 };
    const running = station.page.stream('suggestions.run', input);
    await atWork;
    await station.page.call('settings.change', { model: 'default' });
    expect(
      await refusal(() => station.page.call('library.remove', { model: 'mine' })),
    ).toMatchObject({ code: 'model-in-use', hint: expect.stringContaining('cancel') });
    gate.open();
    await running.result;
    await station.page.call('library.remove', { model: 'mine' });
  });
});
