import { runInThisContext } from 'node:vm';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createBridge, type Bridge } from '../../src/renderer/bridge/client.ts';
import { desktopCarrier } from '../../src/renderer/bridge/desktop.ts';
import { CHANNELS } from '../../src/shared/contract/desktop.ts';
import type { FromMain } from '../../src/shared/contract/index.ts';
import { answerDialogs, askBesidePage, engineProcess } from '../support/electron-main.ts';
import { PATIENT } from '../support/patient.ts';
import { openDesktop, quit, type Desktop } from './open-desktop.ts';

/** The end-to-end specs' ways into Electron's main process, tried on the double of Electron. */

let desktop: Desktop;
let bridge: Bridge;
beforeAll(async () => {
  desktop = await openDesktop();
  bridge = createBridge(
    desktopCarrier(desktop.electron.preload(desktop.window).api),
    'marginalia://app/index.html',
  );
}, 120_000);
afterAll(() => quit(desktop), 60_000);

/** Runs a function as it is run in Electron: as text, with nothing of its file around it. */
function evaluate<A, R>(work: (main: never, arg: A) => R, arg: A): R {
  const alone = runInThisContext(`(${work.toString()})`) as (main: unknown, arg: A) => R;
  return alone(desktop.electron.main, arg);
}

const ask = (request: number, name: string, input: object): Promise<FromMain> =>
  evaluate(askBesidePage, {
    toMain: CHANNELS.toMain,
    toPage: CHANNELS.toPage,
    message: { kind: 'call', request, name, input },
  });

it('chooses in the dialogs of the system', async () => {
  evaluate(answerDialogs, ['/data/ct']);
  expect(await bridge.call('paths.choose', { what: 'folder', title: 'Open' })).toEqual([
    '/data/ct',
  ]);
});

it('asks the host without the page noticing, several questions at once', async () => {
  const [about, refused, models] = await Promise.all([
    ask(2 ** 31, 'app.about', {}),
    ask(2 ** 31 + 1, 'settings.get', { surprise: 1 }),
    bridge.call('models.list', {}),
  ]);
  expect(about).toMatchObject({ kind: 'result', output: { host: 'desktop' } });
  expect(refused).toMatchObject({ kind: 'error', error: { code: 'bad-input' } });
  expect(models).toContain('default');
  expect(await ask(2 ** 31 + 2, 'models.list', {})).toMatchObject({ kind: 'result' });
  expect(await bridge.call('app.about', {})).toMatchObject({ host: 'desktop' });
});

it('finds the process of the engine', async () => {
  expect(evaluate(engineProcess, 'Marginalia engine')).toBe(undefined);
  const probing = bridge.call('devices.list', {});
  await vi.waitFor(
    () => expect(evaluate(engineProcess, 'Marginalia engine')).toBeGreaterThan(0),
    PATIENT,
  );
  await probing;
}, 200_000);
