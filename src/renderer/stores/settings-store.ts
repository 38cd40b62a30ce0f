import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import type { CallInput, CallOutput } from '../../shared/contract/index.ts';
import { useBridge } from '../bridge.ts';
import { orAway } from '../model/host-away.ts';
import { useNotices } from './notices-store.ts';

export type Settings = CallOutput<'settings.get'>;

export const useSettings = defineStore('settings', () => {
  const values = ref<Settings | null>(null);

  async function load(): Promise<void> {
    values.value = await useBridge().call('settings.get', {});
  }

  /** Changes so far: only the answer to the newest counts. */
  let changes = 0;

  /** Takes effect at once; taken back where the host refuses. */
  async function change(change: CallInput<'settings.change'>): Promise<void> {
    const before = values.value;
    const current = ++changes;
    if (before) values.value = { ...before, ...change } as Settings;
    try {
      const now = await useBridge().call('settings.change', change);
      if (current === changes) values.value = now;
    } catch (error) {
      if (current === changes) values.value = before;
      useNotices().fail(orAway(error, 'Settings'));
    }
  }

  const hidePatient = computed(() => values.value?.hidePatient ?? true);
  const theme = computed(() => values.value?.theme ?? 'dark');

  return { values, load, change, hidePatient, theme };
});
