import { randomUUID } from 'node:crypto';
import type { Workspace } from '../../workspace/index.ts';

/** Where the settings keep it; pages do not see it. */
const ID = 'workspaceId';

/** The identifier of a workspace; it stays when the folder is moved. */
export function idOf({ settings }: Workspace): string {
  const stored = settings.read()[ID];
  if (typeof stored === 'string') return stored;
  const id = randomUUID();
  settings.change({ [ID]: id });
  return id;
}
