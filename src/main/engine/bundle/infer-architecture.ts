import { MarginaliaError } from '../../../shared/errors.ts';
import type { Architecture } from '../medclipseg/config.ts';
import { ArchitectureSchema, describeProblem } from './model-json.ts';

/** Shapes of a checkpoint's tensors by their published names. */
export type Shapes = ReadonlyMap<string, readonly number[]>;

/** What tensors do not say of an architecture; what is left out is as published. */
export type ArchitectureChoices = Partial<
  Pick<
    Architecture,
    'visionHeads' | 'textHeads' | 'context' | 'fusionLayers' | 'beta' | 'temperature'
  >
>;

/** Of the published models: weight of the penalty, temperature, prompt length, channels a head. */
const BETA = 2.35;
const TEMPERATURE = 0.2;
const CONTEXT = 256;
const HEAD = 64;

/**
 * The architecture that a checkpoint's tensors have: sizes from their shapes, numbers of layers,
 * adapters and ScaleBlocks from their names, the rest as in the published models unless chosen.
 * @param path of the checkpoint, for messages.
 * @throws MarginaliaError `unknown-architecture` where the tensors are of another model or a size
 *   that they do not tell has to be chosen.
 */
export function inferArchitecture(
  shapes: Shapes,
  path: string,
  choices: ArchitectureChoices = {},
): Architecture {
  const size = (name: string, axis: number): number =>
    shapes.get(name)?.[axis] ?? notOfThisKind(path, name);
  const visionWidth = size('vision_model.conv1.weight', 0);
  const patch = size('vision_model.conv1.weight', 2);
  const textWidth = size('text_model.transformer.embeddings.word_embeddings.weight', 1);
  const maxPosition = size('text_model.transformer.embeddings.position_embeddings.weight', 0);
  const layers = count(shapes, 'vision_model.transformer.resblocks.');
  const architecture = {
    image: patch * Math.sqrt(size('vision_model.positional_embedding', 0) - 1),
    patch,
    visionWidth,
    visionHeads: choices.visionHeads ?? heads(visionWidth, 'vision', path),
    textWidth,
    textHeads: choices.textHeads ?? heads(textWidth, 'text', path),
    layers,
    vocab: size('text_model.transformer.embeddings.word_embeddings.weight', 0),
    context: choices.context ?? Math.min(CONTEXT, maxPosition),
    maxPosition,
    joint: size('vision_model.proj', 1),
    adapter: size('pvl_adapters.0.proj_txt_down.weight', 0),
    fusionLayers: choices.fusionLayers ?? fusionLayers(count(shapes, 'pvl_adapters.'), layers),
    numUpscale: count(shapes, 'upscale.'),
    beta: choices.beta ?? BETA,
    temperature: choices.temperature ?? TEMPERATURE,
    maskPadding: false,
  } satisfies Architecture;
  const checked = ArchitectureSchema.safeParse(architecture);
  if (checked.success) return checked.data;
  throw new MarginaliaError(
    'unknown-architecture',
    `The sizes of the tensors in ${path} do not fit together: ${describeProblem(checked.error)}.`,
    'Check what was chosen by options, or describe the architecture with --config.',
  );
}

/** How many there are of a numbered part, whose names begin with `<prefix><number>.`. */
function count(shapes: Shapes, prefix: string): number {
  const numbers = new Set<string>();
  for (const name of shapes.keys()) {
    const number = name.startsWith(prefix) ? /^\d+(?=\.)/.exec(name.slice(prefix.length)) : null;
    if (number !== null) numbers.add(number[0]);
  }
  return numbers.size;
}

function heads(width: number, tower: 'vision' | 'text', path: string): number {
  if (width % HEAD === 0) return width / HEAD;
  throw new MarginaliaError(
    'unknown-architecture',
    `The tensors in ${path} do not tell how many heads the ${tower} tower has: its width ${width} is no multiple of ${HEAD}, the width of a head in the published models.`,
    'Say it with --heads <vision>,<text>, or describe the architecture with --config.',
  );
}

/** The first layer has no adapter in the published models, unless there is one for each. */
function fusionLayers(adapters: number, layers: number): number[] {
  const first = adapters < layers ? 1 : 0;
  return Array.from({ length: adapters }, (_, k) => first + k);
}

function notOfThisKind(path: string, name: string): never {
  throw new MarginaliaError(
    'unknown-architecture',
    `${path} is not a checkpoint of MedCLIPSeg: it lacks the tensor ${name}.`,
    'Give a checkpoint of the published training, or describe its architecture with --config.',
  );
}
