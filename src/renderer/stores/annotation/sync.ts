import { ref } from 'vue';
import type { EventData } from '../../../shared/contract/index.ts';
import { createChangeQueue } from '../../model/change-queue.ts';
import { createStepIds } from '../../model/step-ids.ts';
import { useNotices } from '../notices-store.ts';
import type { AnnotationState, PendingChange } from './state.ts';

/** The stack that a step is done on, and the id under which the host does it once. */
export interface StepOn {
  readonly stack: string;
  readonly step: string;
}

/** A change on its way to the host; the page shows it already. */
export interface Change<T> extends PendingChange {
  /** Asks the host for it; again after the host was away. */
  ask(): Promise<T>;
  /** Takes the host's answer. */
  acknowledge(answer: T): Promise<void> | void;
  /** Whether it has lost its meaning, since page and host turned out to differ. */
  isObsolete?(): boolean;
}

export type Sync = ReturnType<typeof createSync>;

/** Brings the page's changes to the host in their order, and other pages' changes to the page. */
export function createSync(state: AnnotationState) {
  /** Changes that the host has not acknowledged yet. */
  const unsaved = ref(0);
  const queue = createChangeQueue();
  const stepIds = createStepIds();
  /** How often page and host turned out to differ. */
  let divergences = 0;
  /** Whether a reload because of another page's change is enqueued already. */
  let willReload = false;

  /**
   * Enqueues a change; it waits for the host as long as the series is open. A failure is shown, and
   * everything read again.
   */
  function send<T>(change: Change<T>): Promise<void> {
    unsaved.value++;
    state.pending.add(change);
    state.setLabels(state.labels.value);
    const stack = state.stack.value;
    const isOpen = (): boolean => stack === state.stack.value && state.draft !== null;
    return queue.enqueue(async () => {
      try {
        if (change.isObsolete?.()) {
          state.pending.delete(change);
          return await state.reload();
        }
        const answer = await queue
          .untilAnswered(() => change.ask(), isOpen)
          .finally(() => state.pending.delete(change));
        if (!isOpen()) return;
        await change.acknowledge(answer);
        if (unsaved.value === 1) await reconcile();
      } catch (error) {
        divergences++;
        useNotices().fail(error);
        await useNotices().guard(state.reload());
      } finally {
        unsaved.value--;
      }
    });
  }

  /** Nothing is pending any more: the page shows what the host acknowledged. */
  async function reconcile(): Promise<void> {
    const slices = state.withoutStroke(state.draft!.reconcile);
    if (slices === 'diverged') {
      divergences++;
      await state.reload();
    } else if (slices.length > 0) state.announce(slices);
  }

  /** The host is back: pending changes are sent, then everything is read again. */
  function reload(): Promise<void> {
    queue.retry();
    return queue.enqueue(state.reload);
  }

  /** Labels were changed; where another page did so, they are read again after what is pending. */
  function changedBy({ stack, step = '' }: EventData<'annotation'>): void {
    if (stepIds.recognise(step) || stack !== state.stack.value) return;
    if (!state.draft || willReload) return;
    willReload = true;
    void useNotices().guard(
      queue.enqueue(() => {
        willReload = false;
        return state.reload();
      }),
    );
  }

  return {
    unsaved,
    send,
    reload,
    changedBy,
    enqueue: queue.enqueue,
    retry: queue.retry,
    newStep: (): StepOn => ({ stack: state.stack.value, step: stepIds.issue() }),
    divergences: (): number => divergences,
  };
}
