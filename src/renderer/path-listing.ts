import { shallowRef, type ShallowRef } from 'vue';
import type { CallOutput } from '../shared/contract/index.ts';
import { useBridge } from './bridge.ts';
import { useNotices } from './stores/notices-store.ts';

export type Listing = CallOutput<'paths.list'>;

/** Folders and files of the host, one folder at a time. */
export interface PathListing {
  /** Null before the host has answered for the first time. */
  readonly listing: Readonly<ShallowRef<Listing | null>>;
  /**
   * Lists a folder; without a path, the folders that the page may open. Where another one is asked for
   * before the host has answered, only that one is shown, whichever answer comes first. A failure is told.
   */
  go(path: string | undefined): Promise<void>;
}

export function createPathListing(): PathListing {
  const listing = shallowRef<Listing | null>(null);
  /** Folders asked for so far: only the answer to the newest counts. */
  let requests = 0;
  return {
    listing,
    async go(path) {
      const request = ++requests;
      const answer = await useNotices().guard(
        useBridge().call('paths.list', path === undefined ? {} : { path }),
      );
      if (answer && request === requests) listing.value = answer;
    },
  };
}
