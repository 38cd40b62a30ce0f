import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { CallOutput } from '../../shared/contract/index.ts';
import { progressFrame } from '../../shared/contract/progress.ts';
import { useBridge } from '../bridge.ts';
import { findCopy, putDropped, type Dropped } from '../dropped-files.ts';
import { lastPart } from '../model/format.ts';
import { useNotices } from './notices-store.ts';
import { createJob, isCancelled } from './job.ts';

export type Source = CallOutput<'sources.list'>[number];
export type Stack = Source['stacks'][number];
export type Recent = CallOutput<'recents.list'>[number];

/** What was opened, and what was opened before. */
export const useSources = defineStore('sources', () => {
  const list = shallowRef<readonly Source[]>([]);
  const recents = shallowRef<readonly Recent[]>([]);
  /** Why the last attempt to open something failed, and what it was. */
  const failure = shallowRef<{
    readonly error: unknown;
    readonly paths: readonly string[];
    again(): Promise<Source | undefined>;
  } | null>(null);
  const job = createJob();
  const title = ref('');

  const stacks = computed(() => list.value.flatMap((source) => source.stacks));

  async function load(): Promise<void> {
    const bridge = useBridge();
    [list.value, recents.value] = await Promise.all([
      bridge.call('sources.list', {}),
      bridge.call('recents.list', {}),
    ]);
  }

  /** A host that was started again has nothing open: what is on the screen is opened again. */
  async function reload(): Promise<void> {
    const before = list.value;
    const bridge = useBridge();
    const openAtHost = await bridge.call('sources.list', {});
    const lost = before.filter(({ id }) => !openAtHost.some((source) => source.id === id));
    for (const { paths } of lost) {
      await bridge.stream('sources.open', { paths }, () => undefined);
    }
    await load();
  }

  /** @returns the source, or undefined where that failed or was cancelled. */
  const open = (paths: readonly string[]): Promise<Source | undefined> =>
    take(paths.map(lastPart).join(', '), paths, (signal, show) =>
      useBridge().stream('sources.open', { paths: [...paths] }, show, signal),
    );

  const demo = (): Promise<Source | undefined> =>
    take('the demo series', [], (signal, show) =>
      useBridge().stream('sources.demo', {}, show, signal),
    );

  /** Copies files to the host, which opens them; where it has a copy of the same, that one is opened. */
  const drop = ({ title, files }: Dropped): Promise<Source | undefined> =>
    take(title, [], async (signal, show) => {
      const bridge = useBridge();
      const onProgress = (done: number): void =>
        show(progressFrame('Comparing with the copy that is there', done));
      const find = (listing: string) => bridge.call('drops.find', { listing });
      const copy = await findCopy(find, files, onProgress, signal);
      if (copy !== null) return bridge.stream('sources.open', { paths: [copy] }, show, signal);
      const giveUp = new AbortController();
      const either = AbortSignal.any([signal, giveUp.signal]);
      let failure: unknown;
      const put = (drop: string): Promise<void> =>
        putDropped(bridge.url, drop, files, either).catch((error: unknown) => {
          failure ??= error;
          giveUp.abort();
        });
      const bytes = files.reduce((sum, { file }) => sum + file.size, 0);
      try {
        return await bridge.stream(
          'sources.drop',
          { title, files: files.length, bytes },
          // Not awaited: until a frame is taken no other comes.
          (frame) => (frame.kind === 'ready' ? void put(frame.drop) : show(frame)),
          either,
        );
      } catch (error) {
        throw failure ?? error;
      } finally {
        giveUp.abort();
      }
    });

  async function take(
    what: string,
    paths: readonly string[],
    work: Parameters<typeof job.start<Source>>[0],
  ): Promise<Source | undefined> {
    title.value = what;
    failure.value = null;
    try {
      const source = await job.start(async (signal, show) => {
        const opened = await work(signal, show);
        // While the job still runs: nobody sees a moment in which nothing is open.
        if (!signal.aborted)
          list.value = [...list.value.filter(({ id }) => id !== opened.id), opened];
        return opened;
      });
      void useNotices().guard(load());
      return source;
    } catch (error) {
      if (!isCancelled(error)) {
        failure.value = { error, paths, again: () => take(what, paths, work) };
      }
      return undefined;
    }
  }

  async function close(source: string): Promise<void> {
    await useBridge().call('sources.close', { source });
    list.value = list.value.filter(({ id }) => id !== source);
  }

  async function forget(paths: readonly string[]): Promise<void> {
    await useBridge().call('recents.forget', { paths: [...paths] });
    recents.value = await useBridge().call('recents.list', {});
  }

  const dismiss = (): void => void (failure.value = null);

  return {
    list,
    recents,
    stacks,
    failure,
    title,
    reload,
    open,
    demo,
    drop,
    close,
    forget,
    dismiss,
    running: job.running,
    progress: job.progress,
    cancel: job.cancel,
  };
});
