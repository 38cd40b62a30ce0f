import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { CallOutput } from '../../shared/contract/index.ts';
import { fromErrorInfo, type ErrorInfo } from '../../shared/errors.ts';
import { useBridge, type Link } from '../bridge.ts';
import { useNotices } from './notices-store.ts';
import { useView } from './view-store.ts';

/** As their buttons are called. */
const DIALOGS = { settings: 'Settings…', about: 'About…' } as const;

/** The link to the host, and who it is. */
export const useConnection = defineStore('connection', () => {
  const link = ref<Link>({ kind: 'connecting' });
  const about = shallowRef<CallOutput<'app.about'> | null>(null);
  const open = computed(() => link.value.kind === 'open');
  /** Known at once, by the preload script: what is done first must not take the page for a browser's. */
  const desktop = 'marginalia' in globalThis;

  /** @param onOpen called whenever the link opens, at first and again. */
  function watch(onOpen: () => void): void {
    const bridge = useBridge();
    const notices = useNotices();
    bridge.on('notice', ({ see, ...notice }) =>
      notices.add({
        ...notice,
        ...(see && { actions: [{ title: DIALOGS[see], run: () => (useView().dialog = see) }] }),
      }),
    );
    bridge.on('failure', (error) => notices.fail(fromErrorInfo(error as ErrorInfo)));
    bridge.onLink((state) => {
      link.value = state;
      if (state.kind !== 'open') return;
      void notices.guard(bridge.call('app.about', {})).then((answer) => {
        if (answer) about.value = answer;
      });
      onOpen();
    });
  }

  return { link, about, open, desktop, watch, retry: () => useBridge().retry() };
});
