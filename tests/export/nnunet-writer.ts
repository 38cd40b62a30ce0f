/**
 * Adds a case to a dataset and waits to be killed before its n-th change to a file: what
 * nnunet-kill.test.ts kills.
 */
import { beforeFileChanges } from '../support/file-changes.ts';
import { waitToBeKilled } from '../support/waiting-program.ts';
import { writeNnunetExample } from './nnunet-example.ts';

const [dataset, digest, n] = process.argv.slice(2) as [string, string, string];

let changes = 0;
beforeFileChanges(dataset, ({ call, path }) => {
  // A process that is killed loses nothing that was not flushed.
  if (call === 'open' || call === 'sync') return;
  if (++changes === Number(n)) waitToBeKilled(`${call} ${path}`);
});
await writeNnunetExample(dataset, digest, 'whole');
