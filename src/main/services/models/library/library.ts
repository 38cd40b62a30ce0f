import type { z } from 'zod';
import type * as contract from '../../../../shared/contract/index.ts';
import { progressFrame } from '../../../../shared/contract/progress.ts';
import { MarginaliaError } from '../../../../shared/errors.ts';
import { findModel, resolveBundle, userModels } from '../../../engine/bundle/library.ts';
import { freeBytes } from '../../../engine/bundle/new-folder.ts';
import type { EngineSpawner } from '../../../engine/process/spawn.ts';
import type { SharedEngine } from '../../engine/index.ts';
import type {
  Announcement,
  CallHandlers,
  Paths,
  SettingsService,
  StreamHandlers,
} from '../../session/index.ts';
import { downloadModel } from '../download/download-model.ts';
import { readOffer } from '../download/offer.ts';
import { PUBLISHED, type PublishedFile } from '../download/published.ts';
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
    | 'library.list'
    | 'library.card'
    | 'library.setDefault'
    | 'library.remove'
    | 'library.published'
    | 'library.offer'
  >;
  readonly streams: Pick<StreamHandlers, 'library.import' | 'library.download' | 'library.measure'>;
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
      'library.published': () => ({
        mirror: settings.get().mirror,
        files: PUBLISHED.map(describePublished),
      }),
      'library.offer': async ({ file }) => {
        // A server that does not answer ends this by itself.
        const offer = await readOffer(file, settings.get().mirror, new AbortController().signal);
        const free = freeBytes(userModels());
        const { address, bytes, sha256, licence } = offer;
        return {
          ...{ address, bytes, sha256, licence },
          file: describePublished(offer.file),
          free: Number.isFinite(free) ? free : null,
        };
      },
    },
    streams: {
      'library.download': async ({ file, name, keepFile }, { signal, emit }) => {
        emit(progressFrame('Asking the server'));
        const offer = await readOffer(file, settings.get().mirror, signal);
        const added = await downloadModel({
          offer,
          name,
          keepFile,
          signal,
          onProgress: (text, done) => emit(progressFrame(text, done)),
        });
        changed();
        return { model: added.model.id, shared: added.shared, file: added.file };
      },
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

const describePublished = ({
  id,
  title,
  set,
  percent,
  trainedOn,
  promptStyle,
  bytes,
}: PublishedFile): z.infer<typeof contract.PublishedModel> => ({
  id,
  title,
  set,
  percent,
  trainedOn,
  promptStyle,
  bytes,
});

function folderInUse(settings: SettingsService): string | null {
  try {
    return resolveBundle(settings.get().model);
  } catch {
    return null;
  }
}
