/** The desktop application: what Electron starts. Everything lies beside it as it was built. */
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startDesktop } from './desktop/index.ts';
import { openSession } from './services/workstation/index.ts';
import { defaultWorkspaceFolder, openWorkspace } from './workspace/index.ts';

const built = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const workspace = resolve(defaultWorkspaceFolder());

startDesktop({
  profile: join(workspace, 'window'),
  pages: built('../renderer/'),
  preload: built('../preload/index.cjs'),
  engine: built('./engine.js'),
  openSession: (host) => openSession(host, openWorkspace(workspace)),
});
