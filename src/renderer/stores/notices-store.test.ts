import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it } from 'vitest';
import { MarginaliaError } from '../../shared/errors.ts';
import { useNotices } from './notices-store.ts';

const locked = (name: string): MarginaliaError =>
  new MarginaliaError('label-locked', `“${name}” is locked.`, 'Unlock it.');

describe('notices', () => {
  beforeEach(() => setActivePinia(createPinia()));
  const messages = (): string[] => useNotices().list.map(({ message }) => message);

  it('keep a failure until it is dismissed', () => {
    const notices = useNotices();
    notices.fail(new Error('The disk is full.'));
    notices.forgetRefusals();
    expect(messages()).toEqual(['The disk is full.']);
    notices.remove(notices.list[0]!.id);
    expect(messages()).toEqual([]);
  });

  it('keep what went wrong for a report, and nothing of what was refused', () => {
    const notices = useNotices();
    const failure = new Error('The disk is full.');
    notices.fail(failure);
    notices.fail(locked('liver'));
    expect(notices.list.map(({ error }) => error)).toEqual([failure, undefined]);
  });

  it('forget what was refused, and tell the newest refusal alone', () => {
    const notices = useNotices();
    notices.fail(new Error('The disk is full.'));
    notices.fail(locked('liver'));
    notices.fail(locked('spleen'));
    expect(messages()).toEqual(['The disk is full.', '“spleen” is locked.']);
    expect(notices.list[1]).toMatchObject({ level: 'warning', refusal: true });
    notices.forgetRefusals();
    expect(messages()).toEqual(['The disk is full.']);
  });

  it('say nothing of what was cancelled, nor of a lost host', () => {
    for (const code of ['cancelled', 'host-gone']) useNotices().fail(new MarginaliaError(code, ''));
    expect(messages()).toEqual([]);
  });
});
