import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import type * as contract from '../../../shared/contract/index.ts';
import type { StreamInput } from '../../../shared/contract/index.ts';
import { progressFrame, type Progress } from '../../../shared/contract/progress.ts';
import { MarginaliaError } from '../../../shared/errors.ts';
import type { ImageInfo } from '../../../shared/image/index.ts';
import type { Workspace } from '../../workspace/index.ts';
import { DEMO_PHANTOM, writePhantomSeries } from './phantom.ts';
import type { Drops } from './drops.ts';
import type { Paths, CallHandlers, StreamContext, StreamHandlers } from '../session/index.ts';
import { scanPaths } from './scan-paths.ts';
import { sourceSummary, sourceTitle } from './image-summary.ts';

type Source = z.infer<typeof contract.Source>;
type Ready = z.infer<typeof contract.DropReady>;

/** What was opened, until it is closed. */
export interface Sources {
  /** Undefined where no open folder holds it. */
  readonly find: (id: string) => ImageInfo | undefined;
  readonly calls: Pick<
    CallHandlers,
    'sources.list' | 'sources.close' | 'drops.find' | 'recents.list' | 'recents.forget'
  >;
  readonly streams: Pick<StreamHandlers, 'sources.open' | 'sources.demo' | 'sources.drop'>;
}

export function createSources(
  workspace: Workspace,
  paths: Paths,
  demoFolder: string,
  drops: Drops,
): Sources {
  /** By id, in the order in which they were opened. */
  const opened = new Map<string, { source: Source; images: readonly ImageInfo[] }>();

  async function open(
    names: readonly string[],
    { signal, emit }: StreamContext<Progress>,
  ): Promise<Source> {
    const { real, scan } = await scanPaths(paths, names, signal, emit);
    const id = createHash('sha256').update(JSON.stringify(real)).digest('hex').slice(0, 16);
    const source = sourceSummary(id, real, scan);
    // Opened again, it counts as the newest.
    opened.delete(id);
    opened.set(id, { source, images: scan.images });
    if (scan.images.length > 0) workspace.recents.add(real, sourceTitle(source));
    return source;
  }

  async function demo(context: StreamContext<Progress>): Promise<Source> {
    // The series was written as a whole or not at all.
    if (!existsSync(join(demoFolder, '0001.dcm'))) {
      const { signal, emit } = context;
      await writePhantomSeries(demoFolder, DEMO_PHANTOM, {
        signal,
        onProgress: (done, total) => emit(progressFrame('Making a phantom', done / total)),
      });
    }
    return open([demoFolder], context);
  }

  async function drop(
    input: StreamInput<'sources.drop'>,
    context: StreamContext<Progress | Ready>,
  ): Promise<Source> {
    const folder = await drops.receive(input, context);
    try {
      const source = await open([folder], context);
      // Nobody comes back for what holds no image.
      if (source.stacks.length === 0) await drops.remove(folder);
      return source;
    } catch (error) {
      await drops.remove(folder);
      if (!(error instanceof MarginaliaError)) throw error;
      // The user knows nothing of the copy.
      const message = error.message.replaceAll(folder, `“${input.title}”`);
      throw new MarginaliaError(error.code, message, error.hint, { cause: error });
    }
  }

  return {
    find: (id) =>
      // Of two that hold the same image, the one opened last.
      [...opened.values()]
        .reverse()
        .flatMap(({ images }) => images)
        .find((image) => image.id === id),
    calls: {
      'sources.list': () => [...opened.values()].map(({ source }) => source),
      'sources.close': ({ source }) => {
        opened.delete(source);
        return {};
      },
      'drops.find': ({ listing }) => drops.find(listing),
      'recents.list': () =>
        workspace.recents.list().map(({ paths: names, title, opened: when }) => ({
          paths: [...names],
          title,
          opened: when,
          exists: names.every((name) => existsSync(name)),
        })),
      'recents.forget': async ({ paths: names }) => {
        workspace.recents.forget(names);
        // Copies go with it; those that are open, when the workspace is opened the next time.
        const isOpen = (name: string): boolean =>
          [...opened.values()].some(({ source }) => source.paths.includes(name));
        for (const name of names) if (!isOpen(name)) await drops.remove(name);
        return {};
      },
    },
    streams: {
      'sources.open': ({ paths: names }, context) => open(names, context),
      'sources.demo': (_, context) => demo(context),
      'sources.drop': drop,
    },
  };
}
