import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writePhantomSeries } from '../../src/main/services/cases/phantom.ts';
import { createBridge, type Bridge } from '../../src/renderer/bridge/client.ts';
import { desktopCarrier } from '../../src/renderer/bridge/desktop.ts';
import {
  calls,
  streams,
  volumePath,
  type CallInput,
  type CallName,
  type CallOutput,
  type StreamFrame,
  type StreamInput,
  type StreamName,
  type StreamOutput,
} from '../../src/shared/contract/index.ts';
import { encodeRuns } from '../../src/shared/labelmap/rle.ts';
import { writeTinyBundle } from '../bundle/tiny-model.ts';
import { slicePatch } from '../support/slice-patch.ts';
import { openDesktop, quit, type Desktop } from './open-desktop.ts';

const SIZE = 32;
const PIXELS = SIZE * SIZE;
const PAGE = 'marginalia://app/index.html';

let desktop: Desktop;
let bridge: Bridge;
/** What has been asked, of all that the contract names. */
const asked = new Set<string>();

beforeAll(async () => {
  desktop = await openDesktop();
  process.env['MARGINALIA_MODELS'] = join(desktop.folder, 'models');
  bridge = createBridge(desktopCarrier(desktop.electron.preload(desktop.window).api), PAGE);
}, 120_000);
afterAll(() => quit(desktop), 60_000);

/** Asks as the page does, and checks that the answer is what the contract says. */
async function call<N extends CallName>(name: N, input: CallInput<N>): Promise<CallOutput<N>> {
  asked.add(name);
  const output = await bridge.call(name, input);
  expect(calls[name].output.safeParse(output).error, name).toBe(undefined);
  return output;
}

async function stream<N extends StreamName>(
  name: N,
  input: StreamInput<N>,
): Promise<{ output: StreamOutput<N>; frames: StreamFrame<N>[] }> {
  asked.add(name);
  const frames: StreamFrame<N>[] = [];
  const output = await bridge.stream(name, input, (frame) => void frames.push(frame));
  expect(streams[name].output.safeParse(output).error, name).toBe(undefined);
  for (const frame of frames)
    expect(streams[name].frame.safeParse(frame).error, name).toBe(undefined);
  return { output, frames };
}

describe('through the preload object, the window has all of the contract', () => {
  let stack: string;
  let label: string;
  const at = (...names: string[]): string => join(desktop.folder, ...names);

  it('who the host is, settings, the menu, dialogs', async () => {
    expect(await call('app.about', {})).toMatchObject({ host: 'desktop', version: '9.9.9' });
    writeTinyBundle(at('model'));
    expect(await call('settings.get', {})).toMatchObject({ device: 'auto' });
    expect(
      await call('settings.change', {
        model: at('model'),
        samples: 4,
        tolerance: 0,
        device: 'cpu',
      }),
    ).toMatchObject({ samples: 4 });
    await call('menu.show', {
      items: [{ id: 'file.export', title: 'Export…', group: 'File', key: 'Mod+E', enabled: true }],
    });
    const file = desktop.electron.log.menus.at(-1)!.find(({ label: title }) => title === 'File');
    expect(file!.submenu).toContainEqual(
      expect.objectContaining({ label: 'Export…', accelerator: 'CmdOrCtrl+E' }),
    );
    expect(await call('paths.choose', { what: 'folder', title: 'Open' })).toBe(null);
    desktop.electron.answers.chosen = [at('ct')];
    expect(await call('paths.choose', { what: 'folder', title: 'Open' })).toEqual([at('ct')]);
    await call('paths.choose', { what: 'files', title: 'Open' });
    await call('paths.choose', { what: 'folder', title: 'Open' });
    // A folder is chosen where the last one was; Electron would begin with the downloads each time.
    expect(desktop.electron.log.dialogs.map(({ defaultPath }) => defaultPath)).toEqual([
      undefined,
      undefined,
      undefined,
      desktop.folder,
    ]);
    await expect(call('paths.list', {})).rejects.toMatchObject({ code: 'uses-dialogs' });
    expect(await call('models.list', {})).toContain('default');
    expect(await call('models.info', {})).toMatchObject({ name: 'tiny' });
  }, 60_000);

  it('the library of models', async () => {
    const { output } = await stream('library.import', { path: at('model'), name: 'mine' });
    expect(output.model).toBe('mine');
    await stream('library.measure', { model: 'mine' });
    expect(await call('library.card', { model: 'mine' })).toMatchObject({
      measured: { device: 'cpu', samples: 4 },
    });
    await call('settings.change', { mirror: 'http://127.0.0.1:9' });
    expect((await call('library.published', {})).files.length).toBeGreaterThan(20);
    const unreached = { code: 'server-not-reached' };
    await expect(call('library.offer', { file: 'BUSI' })).rejects.toMatchObject(unreached);
    await expect(
      stream('library.download', { file: 'BUSI', name: 'BUSI', keepFile: false }),
    ).rejects.toMatchObject(unreached);
    await call('library.setDefault', { model: 'mine' });
    expect((await call('library.list', {})).models).toHaveLength(2);
    expect((await call('library.remove', { model: 'mine' })).models).toHaveLength(1);
  }, 60_000);

  it('what the machine offers, tried in utility processes', async () => {
    expect(await call('devices.list', {})).toContainEqual({
      device: 'cpu',
      available: true,
      reason: '',
    });
    expect(await call('devices.inUse', {})).toEqual({ device: 'cpu' });
    expect((await call('app.doctor', {})).report).toContain('9.9.9');
  }, 200_000);

  it('series', async () => {
    await writePhantomSeries(at('ct'), { seed: 3, slices: 12, size: SIZE });
    await stream('sources.demo', {});
    // Pages in a browser put files then; here they have paths.
    asked.add('sources.drop');
    const giveUp = new AbortController();
    const dropped = bridge.stream(
      'sources.drop',
      { title: 'ct', files: 1, bytes: 9 },
      ({ kind }) => void (kind === 'ready' && giveUp.abort()),
      giveUp.signal,
    );
    await expect(dropped).rejects.toMatchObject({ code: 'cancelled' });
    expect(await call('drops.find', { listing: '0'.repeat(64) })).toBe(null);
    const { output } = await stream('sources.open', { paths: [at('ct')] });
    stack = output.stacks[0]!.id;
    expect(desktop.electron.log.recents).toContain(at('ct'));
    expect(await call('sources.list', {})).toHaveLength(2);
    expect(await call('recents.list', {})).toHaveLength(2);
    const opened = await stream('volumes.open', { stack, resample: false });
    expect(opened.output.size).toEqual([SIZE, SIZE, 12]);
    const voxels = await desktop.electron.fetch(bridge.url(volumePath(stack)));
    expect((await voxels.arrayBuffer()).byteLength).toBe(PIXELS * 12 * 2);
    expect(voxels.headers.get('Content-Security-Policy')).toContain("default-src 'none'");
  }, 200_000);

  it('labels and edits, bytes included', async () => {
    const { id } = await call('labels.create', { stack, name: 'liver' });
    label = id;
    const { prompt } = await call('labels.proposePrompt', { stack, name: 'liver' });
    expect(prompt).toContain('liver');
    // The tiny model reads short texts only.
    await call('labels.change', { stack, label, change: { prompt: 'liver' } });
    const painted = new Uint8Array(PIXELS).fill(1, 200, 400);
    // A view into more: only what it shows may travel.
    const patch = new Uint8Array([...slicePatch(0, painted).patch, 7, 7, 7]).subarray(0, -3);
    const edit = (index: number): CallInput<'edits.apply'> => ({
      stack,
      name: 'Brush',
      slices: [{ index, patch }],
      actor: 'human',
    });
    for (const index of [0, 1, 2, 5, 6, 7]) await call('edits.apply', edit(index));
    await call('edits.undo', { stack });
    await call('edits.redo', { stack });
    await call('labels.interpolate', { stack, label });
    const slices = [0, 1, 2, 3, 4, 5, 6, 7].map((index) => ({
      index,
      state: 'corrected' as const,
    }));
    await call('review.set', { stack, slices });
    await call('review.settle', { stack, slice: 0 });
    const voxels = await call('annotation.voxels', { stack });
    expect(voxels.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(voxels[0]!.runs).toEqual(encodeRuns(painted));
    expect(voxels[0]!.runs.byteLength).toBe(voxels[0]!.runs.buffer.byteLength);
    expect((await call('annotation.get', { stack })).labels).toHaveLength(1);
  }, 60_000);

  it('suggestions, from an engine that is a utility process', async () => {
    const { frames } = await stream('suggestions.run', {
      stack,
      labels: [label],
      slices: [8, 11],
      focus: 9,
    });
    expect(frames.filter((frame) => frame.kind === 'slice' && frame.final)).toHaveLength(4);
    expect(await call('suggestions.list', { stack })).toHaveLength(4);
    const maps = await call('suggestions.get', { stack, label, index: 9 });
    expect(maps!.probability).toHaveLength(PIXELS);
    expect(await call('queue.next', { stack, count: 2 })).toHaveLength(2);
    await call('suggestions.clear', { stack });
  }, 120_000);

  it('learning and versions', async () => {
    const { output } = await stream('learning.run', {
      stack,
      name: 'first',
      steps: 2,
      overrule: true,
    });
    const version = output.version.id;
    await call('versions.rename', { version, name: 'second' });
    await call('versions.export', { version, folder: at('adapters') });
    await call('versions.use', { version: null });
    await call('versions.remove', { version });
    await call('versions.import', { folder: at('adapters') });
    await call('versions.use', { version });
    await expect(call('learning.keep', { version: '0123456789ab' })).rejects.toMatchObject({
      code: expect.not.stringMatching(/^(?:internal|bad-)/),
    });
  }, 200_000);

  it('export, and an end', async () => {
    await stream('export.count', { stack });
    await stream('export.run', {
      stack,
      folder: at('results'),
      formats: ['nifti', 'csv', 'dicom-seg'],
      deidentify: true,
    });
    expect(existsSync(at('results', 'labels.nii.gz'))).toBe(true);
    await call('labels.remove', { stack, label });
    await call('recents.forget', { paths: [at('ct')] });
    expect(await call('recents.list', {})).toHaveLength(1);
    for (const { id } of await call('sources.list', {}))
      await call('sources.close', { source: id });
  }, 60_000);

  it('no message to the engine takes the volume along', () => {
    expect(desktop.electron.utilities.length).toBeGreaterThan(0);
    expect(desktop.electron.log.dragged).toBe(0);
  });

  it('nothing of the contract was left out', () => {
    expect([...asked].sort()).toEqual([...Object.keys(calls), ...Object.keys(streams)].sort());
  });
});

it.each(Object.keys(calls) as CallName[])(
  '%s is refused with what it does not ask for',
  async (name) => {
    await expect(bridge.call(name, { surprise: 1 } as never)).rejects.toMatchObject({
      code: 'bad-input',
    });
  },
);

it.each(Object.keys(streams) as StreamName[])(
  '%s is refused with what it does not ask for',
  async (name) => {
    await expect(
      bridge.stream(name, { surprise: 1 } as never, () => undefined),
    ).rejects.toMatchObject({ code: 'bad-input' });
  },
);
