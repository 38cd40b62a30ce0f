import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from '../../../src/main/services/session/session.ts';
import type { CallOutput } from '../../../src/shared/contract/index.ts';

type ModelInfo = CallOutput<'models.info'>;
type Version = ModelInfo['versions'][number];

const dice = (t: number): number => 0.62 + 0.31 * (1 - Math.exp(-t * 4)) + 0.015 * Math.sin(t * 60);
const held = (t: number): number => 0.6 + 0.28 * (1 - Math.exp(-t * 3.2));

const curveOf = (steps: number): Version['curve'] =>
  Array.from({ length: steps }, (_, n) => {
    const step = n + 1;
    const isLook = step % 20 === 0 || step === 1;
    return {
      step,
      total: 1 - dice(step / steps),
      dice: dice(step / steps),
      ...(isLook && { validationDice: held(step / steps) }),
    };
  });

const version = (id: string, name: string, change: Partial<Version> = {}): Version => ({
  id,
  name,
  created: '2026-11-23T16:04:00Z',
  parent: null,
  slices: { training: 31, validation: 9 },
  steps: 120,
  before: { dice: 0.81, nsd: 0.7 },
  after: { dice: 0.9, nsd: 0.83 },
  overruled: false,
  temperature: 1.18,
  calibration: [0.041, 0.018],
  curve: curveOf(120),
  ...change,
});

/** A model with three versions, and learning whose second round is not better. */
export function fakeModels() {
  let info: ModelInfo = {
    name: 'compact',
    sha256: '3f9a0c5b7712d0e4a1b2c3d4e5f60718293a4b5c6d7e8f90112233445566778',
    description: 'Trained on hippocampus MR and drawn abdomens; 9 million weights.',
    licence: 'Apache-2.0',
    prompts: [
      { label: 'liver', prompt: 'the liver in an abdominal CT', modality: 'CT' },
      { label: 'spleen', prompt: 'the spleen in an abdominal CT', modality: 'CT' },
      { label: 'hippocampus', prompt: 'the hippocampus in a brain MR', modality: 'MR' },
    ],
    versions: [
      version('aaaaaaaaaaaa', 'Round 1'),
      version('bbbbbbbbbbbb', 'Round 2', {
        parent: 'aaaaaaaaaaaa',
        created: '2026-11-24T08:30:00Z',
        before: { dice: 0.9, nsd: 0.83 },
        after: { dice: 0.89, nsd: 0.85 },
        overruled: true,
      }),
      version('cccccccccccc', 'v3 tuned', {
        parent: 'bbbbbbbbbbbb',
        created: '2026-11-24T10:11:00Z',
        before: null,
        after: null,
        slices: { training: 5, validation: 0 },
      }),
    ],
    current: 'cccccccccccc',
  };
  let pending: Version | null = null;
  const calls = {
    'models.list': () => ['compact', 'biomedclip'],
    'models.info': () => info,
    'devices.inUse': () => ({ device: 'webgpu' }),
    'devices.list': () => [
      { device: 'auto', available: true, reason: 'WebGPU is used' },
      { device: 'cpu', available: true, reason: '2 cores' },
      { device: 'webgpu', available: true, reason: 'SwiftShader' },
      { device: 'cuda', available: false, reason: 'There is no NVIDIA driver on this machine.' },
    ],
    'learning.keep': () => {
      if (pending)
        info = {
          ...info,
          versions: [...info.versions, { ...pending, overruled: true }],
          current: pending.id,
        };
      return info;
    },
    'versions.use': ({ version: current }) => (info = { ...info, current }),
    'versions.rename': ({ version: id, name }) =>
      (info = { ...info, versions: info.versions.map((v) => (v.id === id ? { ...v, name } : v)) }),
    'versions.remove': ({ version: id }) =>
      (info = {
        ...info,
        versions: info.versions.filter((v) => v.id !== id),
        current: info.current === id ? null : info.current,
      }),
    'versions.export': () => ({}),
    'versions.import': () => info,
  } satisfies Partial<Session['calls']>;
  const learn =
    (pace: number): Session['streams']['learning.run'] =>
    async ({ name, steps }, { emit, signal }) => {
      emit({
        kind: 'progress',
        text: 'Looking at the slices held back',
        done: null,
        secondsLeft: null,
      });
      await sleep(pace, undefined, { signal });
      for (const { step, total, dice: now, validationDice = null } of curveOf(steps)) {
        emit({
          kind: 'step',
          step,
          steps,
          total,
          dice: now,
          validationDice,
          secondsLeft: ((steps - step) * pace) / 1000,
        });
        await sleep(pace, undefined, { signal });
      }
      pending = version('dddddddddddd', name, {
        parent: info.current,
        after: { dice: 0.79, nsd: 0.72 },
      });
      return { version: pending, kept: false };
    };
  return { calls, learn };
}
