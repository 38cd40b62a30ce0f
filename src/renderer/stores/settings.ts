import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import type { CallInput, CallOutput } from '../../shared/contract/index.ts';
import { useBridge } from '../bridge.ts';
import { useNotices } from './notices.ts';

export type Settings = CallOutput<'settings.get'>;

export const useSettings = defineStore('settings', () => {
  const values = ref<Settings | null>(null);

  async function load(): Promise<void> {
    values.value = await useBridge().call('settings.get', {});
  }

  /** Takes effect at once; taken back where the host refuses. */
  async function change(change: CallInput<'settings.change'>): Promise<void> {
    const before = values.value;
    if (before) values.value = { ...before, ...change } as Settings;
    try {
      values.value = await useBridge().call('settings.change', change);
    } catch (error) {
      values.value = before;
      useNotices().fail(error);
    }
  }

  const hidePatient = computed(() => values.value?.hidePatient ?? true);
  const theme = computed(() => values.value?.theme ?? 'dark');

  return { values, load, change, hidePatient, theme };
});
