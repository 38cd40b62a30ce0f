import { expect, it } from 'vitest';
import type { Session } from '../services/workstation/index.ts';
import { watchWriting } from './writing.ts';

it('a write is under way from its call until its answer; reading never is', async () => {
  let answer!: (settings: unknown) => void;
  const calls = {
    'settings.change': () => new Promise((resolve) => (answer = resolve)),
    'models.list': () => new Promise(() => undefined),
  };
  const { session, isUnderWay } = watchWriting({ calls, streams: {} } as unknown as Session);
  void session.calls['models.list']({});
  expect(isUnderWay()).toBe(false);
  const changed = Promise.resolve(session.calls['settings.change']({}));
  expect(isUnderWay()).toBe(true);
  answer({});
  await changed;
  await new Promise(setImmediate);
  expect(isUnderWay()).toBe(false);
});
