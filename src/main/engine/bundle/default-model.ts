import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { MarginaliaError } from '../../../shared/errors.ts';
import { readText, withFileErrors } from './file-errors.ts';
import { describeProblem, refuseNewer } from './model-json.ts';
import { writeJson } from './write-json.ts';

/** Lies in the user's library; without it the shipped model is the default. */
const DEFAULT_FILE = 'default.json';

const Default = z.object({
  format: z.literal('marginalia-default-model'),
  formatVersion: z.literal(1),
  /** Name of a folder of the library. */
  model: z.string().min(1),
});

/**
 * The folder name of the model that `default` means; null for the shipped one.
 * @param library folder of the user's models; it need not exist.
 * @throws MarginaliaError `bad-default`, `newer-format`; and those of readText.
 */
export function readDefault(library: string): string | null {
  const path = join(library, DEFAULT_FILE);
  if (!existsSync(path)) return null;
  const text = readText(path);
  try {
    const content: unknown = JSON.parse(text);
    refuseNewer(content, path);
    return Default.parse(content).model;
  } catch (error) {
    if (error instanceof MarginaliaError) throw error;
    throw new MarginaliaError(
      'bad-default',
      `${path} does not name the default model: ${describeProblem(error)}.`,
      'Set the default again: `marginalia model default <name>`, or `shipped` for the shipped one.',
    );
  }
}

/**
 * Keeps which model `default` means, at once or not at all.
 * @param model folder name in the library; null for the shipped one.
 * @throws MarginaliaError `no-space`, `file-not-accessible`.
 */
export function writeDefault(library: string, model: string | null): void {
  const path = join(library, DEFAULT_FILE);
  withFileErrors(`${path} cannot be written`, () => {
    if (model === null) return rmSync(path, { force: true });
    mkdirSync(library, { recursive: true });
    writeJson(path, { format: 'marginalia-default-model', formatVersion: 1, model });
  });
}
