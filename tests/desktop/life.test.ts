import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { readImage } from '../../src/main/images/index.ts';
import { writePhantomSeries } from '../../src/main/services/cases/phantom.ts';
import { openWorkspace } from '../../src/main/workspace/index.ts';
import { createBridge } from '../../src/renderer/bridge/client.ts';
import { desktopCarrier } from '../../src/renderer/bridge/desktop.ts';
import type { FromMain } from '../../src/shared/contract/index.ts';
import { PATIENT } from '../support/patient.ts';
import { slicePatch } from '../support/slice-patch.ts';
import { createElectron } from './electron-double.ts';
import { openDesktop, quit, type Desktop } from './open-desktop.ts';

function listen({ electron, window }: Desktop): {
  heard: FromMain[];
  post: (message: object) => void;
} {
  const heard: FromMain[] = [];
  const { api } = electron.preload(window);
  api.subscribe((message) => heard.push(message));
  return { heard, post: (message) => api.post(message as never) };
}

describe('the desktop', () => {
  it('opens what it was started with and what the system hands over, once a page listens', async () => {
    const desktop = await openDesktop(['--flag', '/data/ct'], ['--inspect=0', '--no-sandbox']);
    const { electron } = desktop;
    expect(electron.log.handed).toEqual({ paths: ['/data/ct'] });
    const preventDefault = vi.fn();
    electron.app.emit('open-file', { preventDefault }, '/data/mr.zip');
    expect(preventDefault).toHaveBeenCalled();
    electron.app.emit('second-instance', {}, [], '/', { paths: ['/data/pet'] });
    electron.app.emit('second-instance', {}, [], '/', 'nonsense');
    const { heard } = listen(desktop);
    await vi.waitFor(() => expect(heard).toHaveLength(3), PATIENT);
    expect(heard).toMatchObject(
      ['/data/ct', '/data/mr.zip', '/data/pet'].map((path) => ({
        name: 'open-paths',
        data: { paths: [path] },
      })),
    );
    await quit(desktop);
  });

  it('is one for each workspace', async () => {
    const desktops = [await openDesktop(), await openDesktop()];
    expect(desktops.map(({ electron }) => electron.log.lockedIn)).toEqual(
      desktops.map(({ folder }) => join(folder, 'workspace', 'window')),
    );
    for (const desktop of desktops) await quit(desktop);
  });

  it('says so where the workspace cannot be made', async () => {
    const electron = createElectron();
    const { MARGINALIA_WORKSPACE: before } = process.env;
    process.env['MARGINALIA_WORKSPACE'] = join(import.meta.filename, 'workspace');
    await electron.start();
    process.env['MARGINALIA_WORKSPACE'] = before;
    expect(electron.log.exits).toEqual([1]);
    expect(electron.log.errors[0]).toMatch(/^Marginalia cannot start: /);
    expect(electron.log.lockedIn).toBe(undefined);
  });

  it('ends with a message where its page cannot be shown', async () => {
    const electron = createElectron();
    electron.answers.loads = 'ERR_FAILED';
    await electron.start();
    electron.ready();
    await vi.waitFor(() => expect(electron.log.exits).toEqual([1]), PATIENT);
    expect(electron.log.errors[0]).toContain('ERR_FAILED');
    await quit({ electron, folder: '', window: electron.windows[0]! });
  });

  it('leaves the field to the one that is there already', async () => {
    const electron = createElectron();
    electron.answers.isFirst = false;
    await electron.start(['/data/ct']);
    expect([electron.log.quits, electron.windows]).toEqual([1, []]);
  });

  it('says so where another program has the workspace', async () => {
    const first = await openDesktop();
    const electron = createElectron();
    await electron.start();
    electron.ready();
    await vi.waitFor(() => expect(electron.log.exits).toEqual([1]), PATIENT);
    expect(electron.log.errors[0]).toMatch(/^Marginalia cannot start: The workspace is in use/);
    await quit(first);
  });

  it('ends when what is written is written, and lets go of the workspace', async () => {
    const desktop = await openDesktop();
    const { heard, post } = listen(desktop);
    post({ kind: 'call', request: 99, name: 'models.list', input: {} });
    await vi.waitFor(() => expect(heard).toHaveLength(1), PATIENT);
    heard.length = 0;
    for (let n = 0; n < 20; n++) {
      post({ kind: 'call', request: n, name: 'settings.change', input: { seed: n } });
    }
    await quit(desktop);
    // The page is told of every one of them, as it may have more to write.
    const answered = heard.filter(({ kind }) => kind === 'result');
    expect(answered.map((message) => 'request' in message && message.request)).toEqual(
      Array.from({ length: 20 }, (_, n) => n),
    );
    expect(desktop.window.isGone).toBe(true);
    const workspace = openWorkspace(join(desktop.folder, 'workspace'));
    expect([workspace.settings.read()['seed'], workspace.recovery]).toEqual([19, undefined]);
    workspace.close();
  });

  it('remembers where its window was, unless nobody would see it there', async () => {
    const desktop = await openDesktop();
    await quit(desktop);
    const file = join(desktop.folder, 'workspace', 'window', 'window.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      bounds: { x: 40, y: 50, width: 1000, height: 700 },
      maximized: false,
    });
    for (const [text, x] of [
      [readFileSync(file, 'utf8'), 40],
      ['{"bounds":{"x":5000,"y":50,"width":1000,"height":700},"maximized":false}', undefined],
      ['{', undefined],
    ] as const) {
      writeFileSync(file, text);
      const electron = createElectron();
      await electron.start();
      electron.ready();
      await vi.waitFor(() => expect(electron.windows).toHaveLength(1), PATIENT);
      expect(electron.windows[0]!.options.x).toBe(x);
      await quit({ ...desktop, electron });
    }
  });

  it('finishes an export that is under way before it closes: nothing is half-written', async () => {
    const desktop = await openDesktop();
    const bridge = createBridge(
      desktopCarrier(desktop.electron.preload(desktop.window).api),
      'marginalia://app/index.html',
    );
    const [ct, results] = [join(desktop.folder, 'ct'), join(desktop.folder, 'results')];
    await writePhantomSeries(ct, { seed: 3, slices: 12, size: 64 });
    const { stacks } = await bridge.stream('sources.open', { paths: [ct] }, () => undefined);
    const stack = stacks[0]!.id;
    await bridge.stream('volumes.open', { stack, resample: false }, () => undefined);
    await bridge.call('labels.create', { stack, name: 'liver' });
    const labels = new Uint8Array(64 * 64).fill(1, 200, 900);
    await bridge.call('edits.apply', {
      stack,
      name: 'Brush',
      slices: [slicePatch(3, labels)],
      actor: 'human',
    });
    const closed = vi.fn();
    const exported = bridge
      .stream(
        'export.run',
        { stack, folder: results, formats: ['nifti', 'csv'], deidentify: true },
        () => undefined,
      )
      .then(() => closed(desktop.window.isGone));
    await quit(desktop);
    await exported;
    expect(closed).toHaveBeenCalledWith(false);
    expect(desktop.window.title).toContain('saving');
    const names = readdirSync(results);
    expect(names).toContain('labels.nii.gz');
    expect(names.filter((name) => name.startsWith('.'))).toEqual([]);
    const { data } = await readImage(join(results, 'labels.nii.gz'));
    expect([...data].filter((value) => value === 1)).toHaveLength(700);
  }, 120_000);

  it('asks what to do with a page that does not answer: to wait, or to read it again', async () => {
    const desktop = await openDesktop();
    const { inside } = desktop.window;
    desktop.window.emit('unresponsive');
    await new Promise(setImmediate);
    expect([inside.state.crashes, desktop.electron.log.asked.at(-1)]).toEqual([
      0,
      'The window does not answer.',
    ]);
    desktop.electron.answers.button = 1;
    desktop.window.emit('unresponsive');
    await vi.waitFor(() => expect(inside.state.crashes).toBe(1), PATIENT);
    await quit(desktop);
  });

  it('offers to read the page again when it crashed', async () => {
    const desktop = await openDesktop();
    const { contents, state } = desktop.window.inside;
    contents.emit('render-process-gone', {}, { reason: 'crashed' });
    await vi.waitFor(() => expect(state.reloads).toBe(1), PATIENT);
    contents.emit('render-process-gone', {}, { reason: 'clean-exit' });
    desktop.electron.answers.button = 1;
    const ended = new Promise((done) => desktop.electron.app.once('quit', done));
    contents.emit('render-process-gone', {}, { reason: 'oom' });
    await ended;
    expect(state.reloads).toBe(1);
  });

  it('outlives an engine that V8 ends, and says what it died of', async () => {
    const desktop = await openDesktop();
    const { electron } = desktop;
    const bridge = createBridge(
      desktopCarrier(electron.preload(desktop.window).api),
      'marginalia://app/index.html',
    );
    // At once: an engine that could answer would be ended already when it dies.
    electron.answers.onSpawned = (engine) => {
      engine.emit('error', 'FatalError', 'v8::ToLocalChecked', '{}');
      engine.kill();
    };
    const devices = await bridge.call('devices.list', {});
    expect(devices.map(({ reason }) => reason)).toContainEqual(
      expect.stringContaining('FatalError in v8::ToLocalChecked'),
    );
    await quit(desktop);
  }, 120_000);
});
