/** Writes a version of adapters and waits to be killed meanwhile: what learn-version.test.ts needs. */
import { openBundle, readTrainable } from '../../src/main/engine/bundle/bundle.ts';
import { createVersion, writeVersion } from '../../src/main/services/models/version-files.ts';
import { SOME_FACTS } from './version-facts.ts';

const [, , folder, out] = process.argv;
const bundle = await openBundle(folder!);
const version = createVersion(bundle, readTrainable(bundle), { ...SOME_FACTS, name: 'killed' });
process.stdout.write('writing\n');
await writeVersion(out!, version);
await new Promise((resolve) => setTimeout(resolve, 60_000));
