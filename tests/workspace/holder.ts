/** Opens the workspace, says how that went, and keeps it until it is killed: for lock.test.ts. */
import { openWorkspace } from '../../src/main/workspace/index.ts';

try {
  const workspace = openWorkspace(process.argv[2]!, { user: 'holder' });
  process.stdout.write('open\n');
  process.stdin.on('data', () => {
    workspace.close();
    process.stdout.write('closed\n');
  });
  setTimeout(() => undefined, 600_000);
} catch (error) {
  process.stdout.write(`${(error as { code?: string }).code ?? String(error)}\n`);
}
