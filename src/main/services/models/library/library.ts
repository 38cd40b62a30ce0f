import type { z } from 'zod';
import type * as contract from '../../../../shared/contract/index.ts';
import { progressFrame } from '../../../../shared/contract/progress.ts';
import { MarginaliaError } from '../../../../shared/errors.ts';
import { findModel, resolveBundle, userModels } from '../../../engine/bundle/library.ts';
import type { EngineSpawner } from '../../../engine/process/spawn.ts';
import type { SharedEngine } from '../../engine/index.ts';
import type {
  Announcement,
  CallHandlers,
  Paths,
  SettingsService,
  StreamHandlers,
} from '../../session/index.ts';
import { addModel } from './add-model.ts';
import { measureModel } from './measure-model.ts';
import { makeDefault, removeModel } from './remove-model.ts';
import { cardOf, summariseModels } from './summarise.ts';

type Library = z.infer<typeof contract.ModelLibrary>;

export interface LibraryOptions {
  readonly settings: SettingsService;
  readonly paths: Paths;
  readonly sharedEngine: Pick<SharedEngine, 'isUsing'>;
  readonly spawnEngine: EngineSpawner;
  readonly announce: (event: Announcement) => void;
}

/** The models that are there, for pages. */
export function createLibrary({
  settings,
  paths,
  sharedEngine,
  spawnEngine,
  announce,
}: LibraryOptions): {
  readonly calls: Pick<
    CallHandlers,
    'library.list' | 'library.card' | 'library.setDefault' | 'library.remove'
  >;
  readonly streams: Pick<StreamHandlers, 'library.import' | 'library.measure'>;
} {
  const list = (): Library => ({ folder: userModels(), models: summariseModels() });
  const changed = (): Library => {
    announce({ name: 'library', data: {} });
    return list();
  };

  /** @throws MarginaliaError `model-in-use` */
  function requireUnused(id: string, folder: string): void {
    if (sharedEngine.isUsing(folder)) {
      throw new MarginaliaError(
        'model-in-use',
        `${id} is working at the moment.`,
        'Wait until what is under way has ended, or cancel it.',
      );
    }
    if (folderInUse(settings) !== folder) return;
    throw new MarginaliaError(
      'model-in-use',
      `${id} is the model that is in use here.`,
      'Use another one first.',
    );
  }

  return {
    calls: {
      'library.list': list,
      'library.card': ({ model }) => cardOf(model),
      'library.setDefault': ({ model }) => {
        makeDefault(findModel(model));
        return changed();
      },
      'library.remove': async ({ model }) => {
        const found = findModel(model);
        requireUnused(found.id, found.folder);
        await removeModel(found);
        return changed();
      },
    },
    streams: {
      'library.import': async ({ path, name }, { signal, emit }) => {
        const from = await paths.allowed(path);
        const { model, shared } = await addModel({
          from,
          name,
          signal,
          onProgress: (text, done) => emit(progressFrame(text, done)),
        });
        changed();
        return { model: model.id, shared };
      },
      'library.measure': ({ model }, { signal, emit }) =>
        measureModel(findModel(model).folder, {
          spawn: spawnEngine,
          device: settings.get().device,
          samples: settings.get().samples,
          now: () => performance.now() / 1000,
          signal,
          onProgress: (text) => emit(progressFrame(text)),
        }),
    },
  };
}

function folderInUse(settings: SettingsService): string | null {
  try {
    return resolveBundle(settings.get().model);
  } catch {
    return null;
  }
}
