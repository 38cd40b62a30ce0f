import { prepareNnunetCase } from '../../src/main/export/nnunet/index.ts';
import { exampleAnnotation } from './annotation-example.ts';

/**
 * Adds the case of an annotated stack to a dataset.
 * @param digest a character: another one is another stack.
 * @param decided `partly`: some of its slices are to be ignored.
 */
export async function writeNnunetExample(
  dataset: string,
  digest: string,
  decided: 'partly' | 'whole',
): Promise<void> {
  const example = exampleAnnotation({ digests: { study: '', stack: digest.repeat(64) } });
  const complete = example.complete.map((is) => is || decided === 'whole');
  const prepared = await prepareNnunetCase(dataset, {
    result: { ...example, complete },
    workspace: 'w',
    channel: 'CT',
    undecided: 'ignore',
    acceptedUnseen: 'ignore',
  });
  await prepared.write({});
}
