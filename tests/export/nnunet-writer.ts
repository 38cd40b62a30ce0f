/** Adds one case to a dataset over and over, with other labels each time: what nnunet-kill.test.ts kills. */
import { prepareNnunetCase } from '../../src/main/export/index.ts';
import { exampleAnnotation } from './annotation-example.ts';

const [folder, digest] = process.argv.slice(2) as [string, string];

for (let round = 0; ; round++) {
  const example = exampleAnnotation({ digests: { study: '', stack: digest.repeat(64) } });
  // Now some slices are to be ignored, now none.
  const complete = example.complete.map((is) => is || round % 2 === 0);
  const wanted = {
    result: { ...example, complete },
    workspace: 'w',
    channel: 'CT',
    undecided: 'ignore',
  } as const;
  await (await prepareNnunetCase(folder, wanted)).write({});
  if (round === 0) process.stdout.write('begun\n');
}
