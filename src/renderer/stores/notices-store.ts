import { defineStore } from 'pinia';
import { ref } from 'vue';
import { MarginaliaError, toErrorInfo } from '../../shared/errors.ts';
import { isCancelled } from './job.ts';
import { useVolume } from './volume-store.ts';

export interface NoticeAction {
  readonly title: string;
  run(): void;
}

/**
 * Codes of what a user tried and may not do. Nothing is broken: it is shown for a while, and forgotten
 * as soon as it is done otherwise.
 */
const REFUSED: ReadonlySet<string> = new Set([
  'host-away',
  'label-locked',
  'no-label',
  'no-such-slice',
  'no-suggestion',
  'other-plane',
  'slice-decided',
  'slices-changed',
  'suggestion-coming',
  'suggestion-hidden',
  'too-few-slices',
]);

export interface Notice {
  readonly level: 'info' | 'success' | 'warning' | 'error';
  readonly message: string;
  readonly hint?: string | undefined;
  /** What can be done about it, at a click. */
  readonly actions?: readonly NoticeAction[];
  /** What went wrong, for a report to who may help. */
  readonly error?: unknown;
  /** About something that the user may not do. */
  readonly refusal?: boolean;
}

/** Messages that are shown for a while. */
export const useNotices = defineStore('notices', () => {
  const list = ref<(Notice & { readonly id: number })[]>([]);
  let next = 1;

  function add(said: Notice): number {
    const { inWords } = useVolume();
    const { message: text, hint } = said;
    const notice = { ...said, message: inWords(text), ...(hint && { hint: inWords(hint) }) };
    // The same thing said twice is said once.
    const same = list.value.find(({ message }) => message === notice.message);
    if (same !== undefined) return same.id;
    list.value = [...list.value, { ...notice, id: next }].slice(-5);
    return next++;
  }

  function remove(id: number): void {
    list.value = list.value.filter((notice) => notice.id !== id);
  }

  /** Says what went wrong. What was cancelled did not go wrong; a lost host has a banner of its own. */
  function fail(error: unknown, actions?: readonly NoticeAction[]): void {
    if (isCancelled(error)) return;
    if (error instanceof MarginaliaError && error.code === 'host-gone') return;
    const { code, message, hint } = toErrorInfo(error);
    if (!REFUSED.has(code)) {
      add({ level: 'error', message, hint, error, ...(actions && { actions }) });
      return;
    }
    forgetRefusals();
    add({ level: 'warning', message, hint, refusal: true });
  }

  /** Things are not as they were when the user was refused. */
  function forgetRefusals(): void {
    if (list.value.some(({ refusal }) => refusal)) {
      list.value = list.value.filter(({ refusal }) => !refusal);
    }
  }

  /** Runs something whose failure is shown and not thrown. */
  async function guard<T>(work: Promise<T>): Promise<T | undefined> {
    try {
      return await work;
    } catch (error) {
      fail(error);
      return undefined;
    }
  }

  return { list, add, remove, fail, forgetRefusals, guard };
});
