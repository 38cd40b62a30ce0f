import { describe, expect, it } from 'vitest';
import { isAlive, type ProcessTable, type ProcessTrace } from './process-life.ts';

const at = (time: string): number => Date.parse(`2026-11-30T${time}Z`);

/** Of a system without /proc: a Mac, or Windows. */
const table = (known: Partial<ProcessTable> = {}): ProcessTable => ({
  exists: () => true,
  beginOf: () => '',
  startOf: () => at('09:00:00'),
  bootedAt: () => at('08:00:00'),
  ...known,
});
const trace: ProcessTrace = {
  pid: 7,
  began: '',
  since: '2026-11-30T09:00:01.000Z',
  signOfLife: at('10:00:00'),
};

describe('a process that left a trace', () => {
  it('is alive where one of its number began before it', () => {
    expect(isAlive(trace, table())).toBe(true);
    // `ps` tells whole seconds.
    expect(isAlive(trace, table({ startOf: () => at('09:00:02') }))).toBe(true);
  });

  it('is gone where there is none of its number', () => {
    expect(isAlive(trace, table({ exists: () => false }))).toBe(false);
  });

  it('is another one than one of its number that began later', () => {
    expect(isAlive(trace, table({ startOf: () => at('10:30:00') }))).toBe(false);
  });

  it('is gone when it was last seen before the machine was started', () => {
    const restarted = table({ bootedAt: () => at('11:00:00'), startOf: () => undefined });
    expect(isAlive(trace, restarted)).toBe(false);
  });

  it('is told by Linux without a clock', () => {
    const linux = table({ beginOf: () => 'boot-2 100', startOf: () => at('12:00:00') });
    expect(isAlive({ ...trace, began: 'boot-2 100' }, linux)).toBe(true);
    expect(isAlive({ ...trace, began: 'boot-1 100' }, linux)).toBe(false);
    expect(isAlive({ ...trace, began: 'boot-2 99' }, linux)).toBe(false);
  });

  it('counts as alive where nothing is known of it', () => {
    expect(isAlive(trace, table({ startOf: () => undefined }))).toBe(true);
    expect(isAlive({ ...trace, since: 'unknown' }, table())).toBe(true);
  });

  it('is this one, as this machine tells', () => {
    const since = new Date().toISOString();
    expect(isAlive({ pid: process.pid, began: '', since, signOfLife: Date.now() })).toBe(true);
    const longAgo = new Date(0).toISOString();
    const old = { pid: process.pid, began: '', since: longAgo, signOfLife: 0 };
    expect(isAlive(old)).toBe(false);
  });
});
