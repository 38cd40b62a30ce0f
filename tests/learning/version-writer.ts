/**
 * Writes a version of adapters and waits to be killed before its n-th change to a file: what
 * learn-version.test.ts kills.
 */
import { dirname } from 'node:path';
import { openBundle, readTrainable } from '../../src/main/engine/bundle/bundle.ts';
import { createVersion, writeVersion } from '../../src/main/services/models/version-files.ts';
import { beforeFileChanges } from '../support/file-changes.ts';
import { waitToBeKilled } from '../support/waiting-program.ts';
import { SOME_FACTS } from './version-facts.ts';

const [, , bundleFolder, out, n] = process.argv;
const bundle = await openBundle(bundleFolder!);
const version = createVersion(bundle, readTrainable(bundle), { ...SOME_FACTS, name: 'killed' });
let changes = 0;
beforeFileChanges(dirname(out!), ({ call, path }) => {
  if (++changes === Number(n)) waitToBeKilled(`${call} ${path}`);
});
await writeVersion(out!, version);
