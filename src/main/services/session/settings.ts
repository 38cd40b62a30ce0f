import { existsSync } from 'node:fs';
import type { z } from 'zod';
import { Settings } from '../../../shared/contract/index.ts';
import { DEFAULT, listModels, resolveBundle, SHIPPED } from '../../engine/bundle/library.ts';
import { PUBLIC_MIRROR } from '../../../shared/mirror.ts';
import type { JsonObject, Workspace } from '../../workspace/index.ts';
import type { Paths } from './paths.ts';
import type { CallHandlers } from './session.ts';

type SettingsValues = z.infer<typeof Settings>;

export interface SettingsService {
  readonly get: () => SettingsValues;
  readonly calls: Pick<CallHandlers, 'settings.get' | 'settings.change'>;
}

const DEFAULTS: SettingsValues = {
  device: 'auto',
  samples: 30,
  threads: 0,
  tolerance: 0.01,
  seed: 0,
  learningSteps: 120,
  model: DEFAULT,
  mirror: PUBLIC_MIRROR,
  theme: 'dark',
  hidePatient: false,
  annotateFirst: false,
  calibrate: false,
  learnUnseen: false,
  propagate: true,
  planes: 'model',
  keys: {},
  presets: {},
  prompts: [],
  panels: { left: null, right: null, strip: null, folded: [] },
};

export function createSettings(workspace: Workspace, paths: Paths): SettingsService {
  function get(): SettingsValues {
    const stored = workspace.settings.read();
    // What another version wrote and this one does not take is as if it had not been set.
    const valid = Object.entries(Settings.shape).flatMap(([name, schema]) => {
      const parsed = schema.safeParse(stored[name]);
      return parsed.success ? [[name, parsed.data] as const] : [];
    });
    return { ...DEFAULTS, ...Object.fromEntries(valid) };
  }

  /** A model is named, or lies in a folder that may be used. */
  async function requireModel(model: string): Promise<void> {
    const isName =
      model === DEFAULT || model === SHIPPED || listModels().some(({ id }) => id === model);
    if (!isName && existsSync(model)) await paths.allowed(model);
    else resolveBundle(model);
  }

  return {
    get,
    calls: {
      'settings.get': get,
      'settings.change': async (change) => {
        if (change.model !== undefined) await requireModel(change.model);
        workspace.settings.change(change as JsonObject);
        return get();
      },
    },
  };
}
