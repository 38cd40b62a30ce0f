import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { openWorkspace } from '../../src/main/workspace/index.ts';
import type { FromMain } from '../../src/shared/contract/index.ts';
import { createElectron } from './electron-double.ts';
import { openDesktop, quit, type Desktop } from './open-desktop.ts';

function listen({ electron, window }: Desktop): { heard: FromMain[]; post: (message: object) => void } {
  const heard: FromMain[] = [];
  const { api } = electron.preload(window);
  api.subscribe((message) => heard.push(message));
  return { heard, post: (message) => api.post(message as never) };
} // prettier-ignore

describe('the desktop', () => {
  it('opens what it was started with and what the system hands over, once a page listens', async () => {
    const desktop = await openDesktop(['--flag', '/data/ct']);
    const { electron } = desktop;
    expect(electron.log.handed).toEqual({ paths: ['/data/ct'] });
    const preventDefault = vi.fn();
    electron.app.emit('open-file', { preventDefault }, '/data/mr.zip');
    expect(preventDefault).toHaveBeenCalled();
    electron.app.emit('second-instance', {}, [], '/', { paths: ['/data/pet'] });
    electron.app.emit('second-instance', {}, [], '/', 'nonsense');
    const { heard } = listen(desktop);
    await vi.waitFor(() => expect(heard).toHaveLength(3));
    expect(heard).toMatchObject(['/data/ct', '/data/mr.zip', '/data/pet'].map((path) => ({ name: 'open-paths', data: { paths: [path] } }))); // prettier-ignore
    await quit(desktop);
  });

  it('leaves the field to the one that is there already', async () => {
    const electron = createElectron('/nowhere');
    electron.answers.isFirst = false;
    await electron.start(['/data/ct']);
    expect([electron.log.quits, electron.windows]).toEqual([1, []]);
  });

  it('says so where another program has the workspace', async () => {
    const first = await openDesktop();
    const electron = createElectron(first.folder);
    await electron.start();
    electron.ready();
    await vi.waitFor(() => expect(electron.log.exits).toEqual([1]));
    expect(electron.log.errors[0]).toMatch(/^Marginalia cannot start: The workspace is in use/);
    await quit(first);
  });

  it('ends when what is written is written, and lets go of the workspace', async () => {
    const desktop = await openDesktop();
    const { heard, post } = listen(desktop);
    post({ kind: 'call', request: 99, name: 'models.list', input: {} });
    await vi.waitFor(() => expect(heard).toHaveLength(1));
    heard.length = 0;
    for (let n = 0; n < 20; n++) {
      post({ kind: 'call', request: n, name: 'settings.change', input: { seed: n } });
    }
    await quit(desktop);
    expect(desktop.window.isGone).toBe(true);
    const workspace = openWorkspace(join(desktop.folder, 'workspace'));
    expect([workspace.settings.read()['seed'], workspace.recovery]).toEqual([19, undefined]);
    workspace.close();
  });

  it('remembers where its window was, unless nobody would see it there', async () => {
    const desktop = await openDesktop();
    await quit(desktop);
    const file = join(desktop.folder, 'user-data', 'window.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ bounds: { x: 40, y: 50, width: 1000, height: 700 }, maximized: false }); // prettier-ignore
    for (const [text, x] of [
      [readFileSync(file, 'utf8'), 40],
      ['{"bounds":{"x":5000,"y":50,"width":1000,"height":700},"maximized":false}', undefined],
      ['{', undefined],
    ] as const) {
      writeFileSync(file, text);
      const electron = createElectron(join(desktop.folder, 'user-data'));
      await electron.start();
      electron.ready();
      await vi.waitFor(() => expect(electron.windows).toHaveLength(1));
      expect(electron.windows[0]!.options.x).toBe(x);
      await quit({ ...desktop, electron });
    }
  });

  it('offers to read the page again when it crashed', async () => {
    const desktop = await openDesktop();
    const { contents, state } = desktop.window.inside;
    contents.emit('render-process-gone', {}, { reason: 'crashed' });
    await vi.waitFor(() => expect(state.reloads).toBe(1));
    contents.emit('render-process-gone', {}, { reason: 'clean-exit' });
    desktop.electron.answers.button = 1;
    const ended = new Promise((done) => desktop.electron.app.once('quit', done));
    contents.emit('render-process-gone', {}, { reason: 'oom' });
    await ended;
    expect(state.reloads).toBe(1);
  });
});
