import { existsSync, mkdirSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { ModelMeasurement } from '../../../../shared/contract/index.ts';
import { readText } from '../../../engine/bundle/file-errors.ts';
import { userModels } from '../../../engine/bundle/library.ts';
import { writeJson } from '../../../engine/bundle/write-json.ts';

export type Measurement = z.infer<typeof ModelMeasurement>;

/** Lies in the user's library. */
const FILE = 'measured.json';

const Measured = z.object({
  format: z.literal('marginalia-measured'),
  formatVersion: z.literal(1),
  /** By the variant's hash; a library may be used by several machines. */
  models: z.record(z.string(), z.array(ModelMeasurement.extend({ machine: z.string() }))),
});
type Measured = z.infer<typeof Measured>;

/** What a measurement depends on, as far as it is known without one. */
const machine = (): string => `${cpus()[0]?.model.trim() ?? 'unknown'}, ${availableParallelism()}`;

/** What was measured of a variant on this machine last; null for nothing. */
export function readMeasurement(hash: string): Measurement | null {
  const found = readAll().models[hash]?.find((one) => one.machine === machine());
  if (found === undefined) return null;
  const { machine: _, ...measurement } = found;
  return measurement;
}

/** Where the library cannot be written to, nothing is kept. */
export function keepMeasurement(hash: string, measurement: Measurement): void {
  const all = readAll();
  const others = (all.models[hash] ?? []).filter((one) => one.machine !== machine());
  const models = { ...all.models, [hash]: [...others, { ...measurement, machine: machine() }] };
  try {
    mkdirSync(userModels(), { recursive: true });
    writeJson(join(userModels(), FILE), { ...all, models });
  } catch {
    // It can be measured again.
  }
}

function readAll(): Measured {
  const path = join(userModels(), FILE);
  try {
    if (existsSync(path)) return Measured.parse(JSON.parse(readText(path)));
  } catch {
    // Damaged, or of a newer version: it can be measured again.
  }
  return { format: 'marginalia-measured', formatVersion: 1, models: {} };
}
