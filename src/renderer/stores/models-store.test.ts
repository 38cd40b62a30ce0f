import { createPinia, setActivePinia } from 'pinia';
import { expect, it, vi } from 'vitest';
import type { EventData } from '../../shared/contract/index.ts';
import { useModels } from './models-store.ts';

const heard = new Map<string, (data: never) => void>();
let asked = 0;
vi.mock('../bridge.ts', () => ({
  useBridge: () => ({
    call: (name: string) => {
      if (name === 'devices.inUse') asked++;
      return Promise.resolve(name === 'devices.inUse' ? { device: 'webgpu' } : []);
    },
    on: (name: string, handler: (data: never) => void) => void heard.set(name, handler),
  }),
}));

it('the device is the one that is used, also after it failed', async () => {
  setActivePinia(createPinia());
  const models = useModels();
  await models.load();
  expect(models.device).toBe('webgpu');
  const failed: EventData<'device'> = { device: 'cpu' };
  heard.get('device')!(failed as never);
  expect(models.device).toBe('cpu');
  // It was told, and not asked again.
  expect(asked).toBe(1);
});
