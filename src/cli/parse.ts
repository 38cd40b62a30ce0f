import { UsageError } from '../shared/errors.ts';
import type { Window } from '../shared/volume.ts';
import type { DeviceChoice } from '../main/engine/runtime/devices.ts';
import type { PlaneName } from '../main/engine/bundle/model-json.ts';
import type { Device } from '../main/engine/runtime/session.ts';
import type { LabelTruth } from '../main/services/evaluate/index.ts';
import { LEARNING_DEFAULTS, type TrainableSet } from '../main/engine/learn/types.ts';
import type { AnatomicalPlane } from '../shared/geometry/index.ts';
import type { IslandRule, LabelPrompt } from '../main/services/suggest/index.ts';

/** Parsers of option values; each throws a UsageError that names the option and what it takes. */

export function parseDevice(value: string): Device {
  if (value === 'cpu' || value === 'webgpu' || value === 'cuda') return value;
  throw new UsageError(`There is no device “${value}”.`, 'Use cpu, webgpu or cuda.');
}

export const parseDeviceChoice = (value: string): DeviceChoice =>
  value === 'auto' ? 'auto' : parseDevice(value);

export function parseNumber(
  name: string,
  accept: (n: number) => boolean,
  takes: string,
): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (value.trim() === '' || !Number.isFinite(number) || !accept(number)) {
      throw new UsageError(`${name} cannot be “${value}”.`, `${name} takes ${takes}.`);
    }
    return number;
  };
}

export const parseCount = (name: string, least: number): ((value: string) => number) =>
  parseNumber(name, (n) => Number.isInteger(n) && n >= least, `a whole number from ${least}`);

export const parseRate = parseNumber('--lr', (n) => n > 0 && n <= 1, 'a number above 0');

/** The learning rate from its start to its end: as low as by default, and never rising. */
export const fallingFrom = (rate: number): [number, number] => [
  rate,
  Math.min(rate, LEARNING_DEFAULTS.rate[1]),
];

/** `40,400` */
export function parseWindow(value: string): Window {
  const [centre, width, ...rest] = value.split(',').map(Number);
  const valid =
    rest.length === 0 && Number.isFinite(centre) && Number.isFinite(width) && width! > 0;
  if (!valid) {
    throw new UsageError(`--window cannot be “${value}”.`, 'It takes centre,width, e.g. 40,400.');
  }
  return { centre: centre!, width: width! };
}

/** `2,4,8` */
export function parseRounds(value: string): number[] {
  const rounds = value.split(',').map(parseCount('--rounds', 1));
  if (rounds.every((n, i) => i === 0 || n > rounds[i - 1]!)) return rounds;
  throw new UsageError(`--rounds cannot be “${value}”.`, 'The numbers ascend, e.g. 2,4,8.');
}

/** `axial,coronal` */
export function parsePlanes(value: string): PlaneName[] {
  return value.split(',').map((text) => {
    const name = text.trim();
    if (name === 'axial' || name === 'coronal' || name === 'sagittal' || name === 'acquired') {
      return name;
    }
    throw new UsageError(
      `--planes cannot be “${value}”.`,
      'It takes axial, coronal, sagittal or acquired, separated by commas.',
    );
  });
}

/** `largest`, or millilitres. */
export function parseIslands(value: string): IslandRule {
  if (value === 'largest') return value;
  const takes = '“largest”, or millilitres above 0';
  return { millilitres: parseNumber('--islands', (n) => n > 0, takes)(value) };
}

/** `name=prompt`, collected over repeated options. */
export function collectLabel(value: string, before: readonly LabelPrompt[] = []): LabelPrompt[] {
  const label = splitLabel(value);
  if (before.some(({ name }) => name === label.name)) {
    throw new UsageError(`Two labels are called ${label.name}.`, 'Give each its own name.');
  }
  return [...before, label];
}

function splitLabel(value: string): LabelPrompt {
  const at = value.indexOf('=');
  const name = value.slice(0, at).trim();
  const prompt = value.slice(at + 1).trim();
  if (at < 0 || name === '' || prompt === '') {
    throw new UsageError(
      `--label cannot be “${value}”.`,
      'It takes "<name>=<prompt>", e.g. --label "liver=liver in an abdominal CT".',
    );
  }
  return { name, prompt };
}

/** `name=prompt:1+2`, collected over repeated options. */
export function collectTruth(value: string, before: readonly LabelTruth[] = []): LabelTruth[] {
  const match = /^(.*):\s*(\d+(?:\s*\+\s*\d+)*)$/.exec(value);
  if (match === null) {
    throw new UsageError(
      `--label cannot be “${value}”.`,
      'It takes "<name>=<prompt>:<value>[+<value>]", e.g. --label "hippocampus=hippocampus:1+2".',
    );
  }
  const label = collectLabel(match[1]!, before).at(-1)!;
  return [...before, { ...label, values: match[2]!.split('+').map(Number) }];
}

/** `all`, `head` or `last-<n>`: which weights learn. */
export function parseTrainable(value: string): TrainableSet {
  if (value === 'all' || value === 'head') return value;
  const last = /^last-(\d+)$/.exec(value);
  if (last === null) {
    throw new UsageError(
      `--trainable cannot be “${value}”.`,
      'It takes all, head, or last-<n> for the last n adapters and the head.',
    );
  }
  return { lastAdapters: Number(last[1]) };
}

/** One slice of a case, by its index in the file. */
export interface SliceReference {
  readonly case: string;
  readonly plane: AnatomicalPlane;
  readonly index: number;
}

/** `case:axial:12,case:sagittal:3` */
export function parseSlices(value: string): SliceReference[] {
  return value.split(',').map((text) => {
    const match = /^(.+):(axial|coronal|sagittal):(\d+)$/.exec(text.trim());
    if (match === null) {
      throw new UsageError(
        `--slices cannot be “${text}”.`,
        'It takes "<case>:<axial|coronal|sagittal>:<index>", separated by commas.',
      );
    }
    return { case: match[1]!, plane: match[2] as AnatomicalPlane, index: Number(match[3]) };
  });
}
