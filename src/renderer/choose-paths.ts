import { shallowRef } from 'vue';
import { useBridge } from './bridge.ts';
import { useConnection } from './stores/connection-store.ts';
import { useLibrary } from './stores/library-store.ts';
import { useNotices } from './stores/notices-store.ts';
import { useView } from './stores/view-store.ts';
import { openCopies, openPaths } from './workbench.ts';

export type PathsWanted = 'folder' | 'files' | 'save-folder';

const TITLES: Record<PathsWanted, string> = {
  folder: 'Open a folder of images',
  files: 'Open files or a zip file',
  'save-folder': 'Choose a folder to write to',
};

interface Request {
  readonly what: PathsWanted;
  readonly title: string;
  answer(paths: string[] | null): void;
}

const request = shallowRef<Request | null>(null);

/** What the dialog for hosts without dialogs of their own has been opened for. */
export const pathsWanted = (): PathsWanted => request.value?.what ?? 'folder';

export function answerPaths(paths: string[] | null): void {
  request.value?.answer(paths);
  request.value = null;
}

/** Asks for paths: by a dialog of the system, or of the page where the host has none. */
export async function askPaths(what: PathsWanted, title = TITLES[what]): Promise<string[] | null> {
  if (useConnection().desktop) {
    return (await useNotices().guard(useBridge().call('paths.choose', { what, title }))) ?? null;
  }
  const view = useView();
  const before = view.dialog;
  const paths = await new Promise<string[] | null>((answer) => {
    request.value = { what, title, answer };
    view.dialog = 'paths';
  });
  view.dialog = before;
  return paths;
}

export const pathsTitle = (): string => request.value?.title ?? TITLES[pathsWanted()];

export async function choosePaths(what: 'folder' | 'files'): Promise<void> {
  const paths = await askPaths(what);
  if (paths && paths.length > 0) await openPaths(paths);
}

/**
 * Opens what was dropped: from where it is, or, where a browser hides that, as a copy.
 * @param transfer holds it no longer than the event is handled.
 */
export async function openDropped(transfer: DataTransfer): Promise<void> {
  const bridge = useBridge();
  const paths = [...transfer.files]
    .map((file) => bridge.pathOf(file))
    .filter((path) => path !== null);
  const entries = [...transfer.items]
    .map((item) => item.webkitGetAsEntry())
    .filter((entry) => entry !== null);
  if (useView().dialog === 'models') useLibrary().takeDropped(paths);
  else if (paths.length > 0) await openPaths(paths);
  else if (entries.length > 0) await openCopies(entries);
}
