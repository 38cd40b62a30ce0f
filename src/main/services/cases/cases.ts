import { LRUCache } from 'lru-cache';
import type { Progress } from '../../../shared/contract/progress.ts';
import { MarginaliaError } from '../../../shared/errors.ts';
import {
  acquiredId,
  isResampledId,
  requireGrid,
  type ImageInfo,
} from '../../../shared/image/index.ts';
import type { OpenedStack, Workspace } from '../../workspace/index.ts';
import { shareWork, type SharedWork } from '../async/shared-work.ts';
import type { Paths } from '../session/index.ts';
import { scanPaths } from './scan-paths.ts';
import type { Sources } from './sources.ts';
import { absence, placesOf } from './where-files-are.ts';

/** What can be said of a case whether or not its files are there. */
export type CaseFacts = Pick<ImageInfo, 'modality' | 'bodyPart' | 'description' | 'protocol'>;

/**
 * Images by their ids: those of the folders that pages have open, and the cases of the workspace, of
 * which nobody needs to have opened the folder since the application was started.
 */
export interface Cases {
  /** @throws MarginaliaError `unknown-stack` */
  readonly about: (id: string) => CaseFacts;
  /**
   * The image with its files, which are looked for where they were.
   * @param emit called with the progress.
   * @throws MarginaliaError `unknown-stack`; `files-gone`, `drive-missing` or `files-changed` where
   *   its files are not what they were; `path-not-allowed`.
   */
  readonly open: (
    id: string,
    signal?: AbortSignal,
    emit?: (frame: Progress) => void,
  ) => Promise<ImageInfo>;
}

/** Images that stay cached. */
const MOST_CACHED = 16;

/**
 * An image by the id that was asked for: as it was acquired, or resampled.
 * @throws MarginaliaError `irregular-geometry` where it cannot be resampled.
 */
function named(image: ImageInfo, id: string): ImageInfo {
  if (!isResampledId(id)) return image;
  if (!image.resamplable) requireGrid(image);
  return { ...image, id, kind: 'volume' };
}

export function createCases(workspace: Workspace, sources: Sources, paths: Paths): Cases {
  /** By id; concurrent requests share one scan. */
  const cache = new LRUCache<string, SharedWork<ImageInfo>>({ max: MOST_CACHED });

  /** Of open folders: the same object each time, by which it is known again. */
  const renamed = new WeakMap<ImageInfo, ImageInfo>();
  function resampledOrNot(id: string): ImageInfo | undefined {
    const image = sources.find(acquiredId(id));
    if (image === undefined || !isResampledId(id)) return image;
    const resampled = renamed.get(image) ?? named(image, id);
    renamed.set(image, resampled);
    return resampled;
  }

  function rowOf(id: string): OpenedStack {
    const row = workspace.series.get(id) ?? workspace.series.get(acquiredId(id));
    // The files of both are the same.
    if (row !== undefined) return { ...row, stack: id };
    throw new MarginaliaError(
      'unknown-stack',
      `The series ${id} is not open.`,
      'Open its folder again.',
    );
  }

  async function find(
    row: OpenedStack,
    signal: AbortSignal,
    emit: (frame: Progress) => void,
  ): Promise<ImageInfo> {
    const recents = workspace.recents.list().map((recent) => recent.paths);
    for (const names of placesOf(row, recents)) {
      const images = await scanPaths(paths, names, signal, emit).then(
        ({ scan }) => scan.images,
        (error: unknown) => {
          if (error instanceof MarginaliaError && error.code === 'no-dicom-found') return [];
          throw error;
        },
      );
      const image = images.find(({ id }) => id === acquiredId(row.stack));
      if (image !== undefined) return named(image, row.stack);
    }
    throw absence(row);
  }

  return {
    about(id) {
      const image = sources.find(acquiredId(id));
      if (image !== undefined) return image;
      const { modality, description, image: kept } = rowOf(id);
      return {
        modality,
        description,
        bodyPart: kept?.bodyPart ?? '',
        protocol: kept?.protocol ?? '',
      };
    },
    async open(id, signal, emit = () => undefined) {
      const image = resampledOrNot(id);
      if (image !== undefined) return image;
      const row = rowOf(id);
      const work = cache.get(id) ?? shareWork((shared) => find(row, shared, emit));
      cache.set(id, work);
      try {
        return await work.wait(signal);
      } catch (error) {
        // What failed or was given up is begun anew the next time.
        if (cache.get(id) === work) cache.delete(id);
        throw error;
      }
    },
  };
}
