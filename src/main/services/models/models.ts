import type { z } from 'zod';
import type * as contract from '../../../shared/contract/index.ts';
import { openBundle, type Bundle } from '../../engine/bundle/bundle.ts';
import { listModels, resolveBundle } from '../../engine/bundle/library.ts';
import type { Workspace } from '../../workspace/index.ts';
import type { Paths, CallHandlers, SettingsService } from '../session/index.ts';
import type { VersionShelf } from './versions.ts';

type ModelInfo = z.infer<typeof contract.ModelInfo>;

/** The model that the settings name, and its learned versions. */
export interface Models {
  /** With the adapters that are in use. @throws MarginaliaError as `resolveBundle`, `openBundle`. */
  readonly current: () => Promise<Bundle>;
  readonly info: () => Promise<ModelInfo>;
  /** Makes a version the one in use; null: the adapters of the bundle. */
  readonly use: (bundle: Bundle, version: string | null) => void;
  readonly calls: Pick<
    CallHandlers,
    | 'models.list'
    | 'models.info'
    | 'versions.use'
    | 'versions.rename'
    | 'versions.remove'
    | 'versions.export'
    | 'versions.import'
  >;
}

export function createModels(
  workspace: Workspace,
  settings: SettingsService,
  shelf: VersionShelf,
  paths: Paths,
): Models {
  const base = (): Promise<Bundle> => openBundle(resolveBundle(settings.get().model));
  const inUse = (bundle: Bundle): string | null => {
    const id = workspace.adapters.current(bundle.hash);
    // Somebody may have removed its folder.
    return id !== null && shelf.has(bundle, id) ? id : null;
  };

  async function current(): Promise<Bundle> {
    const bundle = await base();
    const id = inUse(bundle);
    return id === null ? bundle : openBundle(bundle.folder, shelf.folderOf(bundle, id));
  }

  async function info(): Promise<ModelInfo> {
    const bundle = await base();
    const { name, description, licence, prompts } = bundle.json;
    return {
      name,
      sha256: bundle.variant.hash,
      description,
      licence,
      prompts: prompts.map(({ label, prompt, modality }) => ({
        label,
        prompt,
        modality: modality ?? null,
      })),
      versions: await shelf.list(bundle),
      current: inUse(bundle),
    };
  }

  const use = (bundle: Bundle, version: string | null): void =>
    workspace.adapters.use(bundle.hash, version);

  return {
    current,
    info,
    use,
    calls: {
      'models.list': () => listModels().map(({ id }) => id),
      'models.info': info,
      async 'versions.use'({ version }) {
        const bundle = await base();
        // What cannot be opened is not put to use.
        if (version !== null) await openBundle(bundle.folder, shelf.folderOf(bundle, version));
        use(bundle, version);
        return info();
      },
      async 'versions.rename'({ version, name }) {
        await shelf.rename(await base(), version, name);
        return info();
      },
      async 'versions.remove'({ version }) {
        const bundle = await base();
        await shelf.remove(bundle, version);
        if (workspace.adapters.current(bundle.hash) === version) use(bundle, null);
        return info();
      },
      async 'versions.export'({ version, folder }) {
        await shelf.exportTo(await base(), version, await paths.allowed(folder));
        return {};
      },
      async 'versions.import'({ folder }) {
        await shelf.importFrom(await base(), await paths.allowed(folder));
        return info();
      },
    },
  };
}
