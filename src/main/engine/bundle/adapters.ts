import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { MarginaliaError } from '../../../shared/errors.ts';
import { readText } from './file-errors.ts';
import type { Identity } from './identity.ts';
import { Lineage } from './lineage.ts';
import { describeProblem, refuseNewer } from './model-json.ts';

export const LINEAGE_FILE = 'lineage.json';

/**
 * Reads what a version of adapters says of itself.
 * @throws MarginaliaError `no-adapters`, `bad-lineage`, `newer-format`; and those of readText.
 */
export function readLineage(folder: string): Lineage {
  const path = join(folder, LINEAGE_FILE);
  if (!existsSync(path)) {
    throw new MarginaliaError(
      'no-adapters',
      `${folder} does not hold learned adapters: it has no ${LINEAGE_FILE}.`,
      'Give the folder that `marginalia learn --out` wrote.',
    );
  }
  const text = readText(path);
  try {
    const content: unknown = JSON.parse(text);
    refuseNewer(content, path);
    return Lineage.parse(content);
  } catch (error) {
    if (error instanceof MarginaliaError) throw error;
    throw new MarginaliaError(
      'bad-lineage',
      `${path} does not describe learned adapters: ${describeProblem(error)}.`,
      'Learn or import the version again.',
    );
  }
}

/**
 * Checks that adapters belong to the family of a bundle and are the file that their lineage names.
 * A lineage from before there were families names the bundle alone, and is of its family.
 * @returns the lineage with its family.
 * @throws MarginaliaError `adapters-of-another-model`, `adapters-hash-mismatch`.
 */
export function checkedLineage(
  lineage: Lineage,
  folder: string,
  bundle: { readonly name: string } & Pick<Identity, 'family' | 'hash'>,
  adaptersSha256: string,
): Lineage {
  const { base } = lineage;
  const { family } = bundle;
  if (base.family === undefined ? base.sha256 !== bundle.hash : base.family !== family) {
    const [theirs, ours] =
      base.family === undefined ? [base.sha256, bundle.hash] : [base.family, family];
    throw new MarginaliaError(
      'adapters-of-another-model',
      `The adapters in ${folder} were learned from ${base.name} (${theirs.slice(0, 12)}…), not from ${bundle.name} (${ours.slice(0, 12)}…) or a model of its family.`,
      'Use them with the bundle that they were learned from, or with one of the same family: `marginalia model list` shows families.',
    );
  }
  if (lineage.adapters.sha256 !== adaptersSha256) {
    throw new MarginaliaError(
      'adapters-hash-mismatch',
      `The adapters in ${folder} are not those that ${LINEAGE_FILE} names.`,
      'The file was changed or damaged: learn or import the version again.',
    );
  }
  return { ...lineage, base: { ...base, family } };
}
