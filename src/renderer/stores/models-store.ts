import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import type { CallInput, CallName, CallOutput } from '../../shared/contract/index.ts';
import { useBridge } from '../bridge.ts';
import { orAway } from '../model/host-away.ts';
import { useNotices } from './notices-store.ts';
import { useSettings } from './settings-store.ts';

export type ModelInfo = CallOutput<'models.info'>;
export type Version = ModelInfo['versions'][number];
export type Device = CallOutput<'devices.list'>[number];

/** Calls that answer with the model as it is afterwards. */
type Change = {
  [N in CallName]: CallOutput<N> extends ModelInfo ? N : never;
}[CallName];

/** The model, the versions that were learned from it, and what it can run on. */
export const useModels = defineStore('models', () => {
  const info = shallowRef<ModelInfo | null>(null);
  const names = shallowRef<readonly string[]>([]);
  const devices = shallowRef<readonly Device[]>([]);
  /** Where the model runs; null until the host has said. */
  const device = ref<CallOutput<'devices.inUse'>['device'] | null>(null);

  const current = computed(
    () => info.value?.versions.find(({ id }) => id === info.value?.current) ?? null,
  );

  async function load(): Promise<void> {
    const bridge = useBridge();
    // Trying devices out takes a while, so each answer is shown as it comes.
    await Promise.all([
      bridge.call('models.info', {}).then((answer) => (info.value = answer)),
      bridge.call('models.list', {}).then((answer) => (names.value = answer)),
      bridge.call('devices.list', {}).then((answer) => (devices.value = answer)),
      askDevice(),
    ]);
  }

  /** Asked again when another one is chosen; the host sends an event when one fails. */
  async function askDevice(): Promise<void> {
    device.value = (await useBridge().call('devices.inUse', {})).device;
  }
  useBridge().on('device', (now) => (device.value = now.device));
  watch(
    () => useSettings().values?.device,
    (_, before) => before !== undefined && void useNotices().guard(askDevice()),
  );

  async function change<N extends Change>(name: N, input: CallInput<N>): Promise<void> {
    try {
      info.value = (await useBridge().call(name, input)) as ModelInfo;
    } catch (error) {
      throw orAway(error, 'Versions');
    }
  }

  return { info, names, devices, device, current, load, change };
});
