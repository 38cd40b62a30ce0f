import type { CallInput, CallOutput, MenuItem } from '../../../shared/contract/index.ts';
import type { EngineSpawner } from '../../engine/process/spawn.ts';

/** What only the host of a session can say or do: a desktop, or a server of browsers. */
export interface Host {
  readonly kind: 'desktop' | 'web';
  /** Of the application. */
  readonly version: string;
  /** Its version, where the host is one. */
  readonly electron: string | null;
  readonly spawnEngine: EngineSpawner;
  /**
   * Whether pages may have this read or written: everything on a desktop, what lies in the folders
   * that the user named on a server.
   * @param realPath without links.
   */
  readonly mayUse: (realPath: string) => boolean;
  /** @throws MarginaliaError where the host has no dialogs. */
  readonly choosePaths: (input: CallInput<'paths.choose'>) => Promise<CallOutput<'paths.choose'>>;
  readonly listPaths: (path: string | undefined) => Promise<CallOutput<'paths.list'>>;
  /** Shows what the page can do in the menu of the application, where the host has one. */
  readonly showMenu?: (items: readonly MenuItem[]) => void;
}
