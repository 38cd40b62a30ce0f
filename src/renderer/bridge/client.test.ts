import { describe, expect, it, vi } from 'vitest';
import type { FromMain, ToMain } from '../../shared/contract/index.ts';
import type { Carrier, CarrierListener } from './carrier.ts';
import { createBridge, type Bridge } from './client.ts';

function setup(): { bridge: Bridge; sent: ToMain[]; host: CarrierListener } {
  const sent: ToMain[] = [];
  let host!: CarrierListener;
  const carrier: Carrier = {
    send: (message) => sent.push(message),
    listen: (to) => (host = to),
    retry: () => undefined,
    pathOf: () => null,
  };
  const bridge = createBridge(carrier, 'http://127.0.0.1:7/page?x=1');
  return { bridge, sent, host };
}
const open = (host: CarrierListener): void => host.link({ kind: 'open' });
const settled = async (): Promise<void> => void (await new Promise((r) => setTimeout(r)));
const step = (n: number): FromMain => ({
  kind: 'frame',
  request: 1,
  frame: { kind: 'progress', text: `${n}`, done: null, secondsLeft: null },
});

describe('the bridge', () => {
  it('keeps what is asked until the host is found, then sends it in order', async () => {
    const { bridge, sent, host } = setup();
    const about = bridge.call('app.about', {});
    const models = bridge.call('models.list', {});
    expect(sent).toEqual([]);
    open(host);
    expect(sent.map((m) => 'name' in m && m.name)).toEqual(['app.about', 'models.list']);
    host.message({ kind: 'result', request: 2, output: ['compact'] });
    host.message({ kind: 'error', request: 1, error: { code: 'x', message: 'No.', hint: 'Yes.' } });
    expect(await models).toEqual(['compact']);
    await expect(about).rejects.toMatchObject({ code: 'x', message: 'No.', hint: 'Yes.' });
  });

  it('fails what is under way when the host is gone, and what is asked meanwhile', async () => {
    const { bridge, sent, host } = setup();
    open(host);
    const before = bridge.call('app.about', {});
    host.link({ kind: 'lost', retryAt: 1 });
    await expect(before).rejects.toMatchObject({ code: 'host-gone' });
    await expect(bridge.call('app.about', {})).rejects.toMatchObject({ code: 'host-gone' });
    open(host);
    expect(sent).toHaveLength(1);
    void bridge.call('app.about', {});
    expect(sent).toHaveLength(2);
  });

  it('asks for the next frame only when the page is done with one', async () => {
    const { bridge, sent, host } = setup();
    open(host);
    let release!: () => void;
    const seen: string[] = [];
    const result = bridge.stream('sources.demo', {}, (frame) => {
      seen.push(frame.text);
      return new Promise((resolve) => (release = resolve));
    });
    host.message(step(1));
    await settled();
    expect(seen).toEqual(['1']);
    expect(sent).toHaveLength(1);
    release();
    await settled();
    expect(sent[1]).toEqual({ kind: 'taken', request: 1 });
    host.message({ kind: 'result', request: 1, output: 'source' });
    expect(await result).toBe('source');
  });

  it('cancels once, and hears nothing of the stream any more', async () => {
    const { bridge, sent, host } = setup();
    open(host);
    const onFrame = vi.fn();
    const abort = new AbortController();
    const result = bridge.stream('sources.demo', {}, onFrame, abort.signal);
    abort.abort();
    await expect(result).rejects.toMatchObject({ code: 'cancelled' });
    host.message(step(1));
    host.message({ kind: 'error', request: 1, error: { code: 'cancelled', message: '' } });
    expect(onFrame).not.toHaveBeenCalled();
    expect(sent.filter(({ kind }) => kind === 'cancel')).toEqual([{ kind: 'cancel', request: 1 }]);
    const late = bridge.stream('sources.demo', {}, onFrame, abort.signal);
    await expect(late).rejects.toMatchObject({ code: 'cancelled' });
    expect(sent).toHaveLength(2);
  });

  it('cancels a stream whose frames cannot be shown', async () => {
    const { bridge, sent, host } = setup();
    open(host);
    const result = bridge.stream('sources.demo', {}, () => {
      throw new Error('no picture');
    });
    host.message(step(1));
    await expect(result).rejects.toThrow('no picture');
    expect(sent.at(-1)).toEqual({ kind: 'cancel', request: 1 });
  });

  it('keeps handlers of events through a reconnection, and lets them go', () => {
    const { bridge, host } = setup();
    const names: string[] = [];
    const off = bridge.on('command', ({ name }) => names.push(name));
    const say = (name: string): void =>
      host.message({ kind: 'event', name: 'command', data: { name } });
    open(host);
    say('a');
    host.link({ kind: 'lost', retryAt: 1 });
    open(host);
    say('b');
    off();
    say('c');
    expect(names).toEqual(['a', 'b']);
  });

  it('addresses bulk data below the origin of the page', () => {
    expect(setup().bridge.url('/data/volume/1.2%233')).toBe(
      'http://127.0.0.1:7/data/volume/1.2%233',
    );
  });
});
