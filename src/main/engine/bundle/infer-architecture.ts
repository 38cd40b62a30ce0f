import { MarginaliaError } from '../../../shared/errors.ts';
import { backboneOf } from '../medclipseg/backbone.ts';
import {
  BACKBONE_NAMES,
  isTrainable,
  type Architecture,
  type BackboneName,
} from '../medclipseg/config.ts';
import { tellingVision } from '../medclipseg/vision.ts';
import { ArchitectureSchema, describeProblem } from './model-json.ts';

/** Shapes of a checkpoint's tensors by their published names (`publishedNames`). */
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

/** Of adapters that nobody trained yet, as published: width, ScaleBlocks. */
const ADAPTER = 256;
const SCALE_BLOCKS = 2;

/** Whose towers a checkpoint has. */
export function inferBackbone(shapes: Shapes): BackboneName | undefined {
  return BACKBONE_NAMES.find((backbone) => {
    const { vision, text } = backboneOf({ backbone });
    return shapes.has(tellingVision(vision).patches) && shapes.has(text.telling.words);
  });
}

/** Whether a checkpoint has nothing of adapters and head. */
export const hasTowersOnly = (shapes: Shapes): boolean => ![...shapes.keys()].some(isTrainable);

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
  const backbone = inferBackbone(shapes) ?? noTowers(path);
  const { vision, text } = backboneOf({ backbone });
  const { patches, positions, projection, blocks } = tellingVision(vision);
  const size = (name: string, axis: number): number =>
    shapes.get(name)?.at(axis) ?? lacking(path, name);
  const [visionWidth, patch] = [size(patches, 0), size(patches, -1)];
  const textWidth = size(text.telling.words, 1);
  const maxPosition = size(text.telling.positions, 0);
  const layers = count(shapes, blocks);
  const joint = size(projection, vision.projection.kind === 'matrix' ? 1 : 0);
  const isTowersOnly = hasTowersOnly(shapes);
  const architecture = {
    ...(backbone !== 'unimedclip' && { backbone }),
    image: patch * Math.sqrt(size(positions, -2) - 1),
    patch,
    visionWidth,
    visionHeads: choices.visionHeads ?? heads(visionWidth, 'vision', path),
    textWidth,
    textHeads: choices.textHeads ?? heads(textWidth, 'text', path),
    layers,
    vocab: size(text.telling.words, 0),
    context: choices.context ?? Math.min(CONTEXT, maxPosition),
    maxPosition,
    joint,
    ...(isTowersOnly
      ? {
          adapter: Math.min(ADAPTER, joint / 2),
          fusionLayers: choices.fusionLayers ?? fusionLayers(Math.max(1, layers - 2), layers),
          numUpscale: SCALE_BLOCKS,
        }
      : {
          adapter: size('pvl_adapters.0.proj_txt_down.weight', 0),
          fusionLayers:
            choices.fusionLayers ?? fusionLayers(count(shapes, 'pvl_adapters.'), layers),
          numUpscale: count(shapes, 'upscale.'),
        }),
    beta: choices.beta ?? BETA,
    temperature: choices.temperature ?? TEMPERATURE,
    maskPadding: false,
  } satisfies Architecture;
  return checkedArchitecture(architecture, path);
}

/**
 * An architecture whose sizes fit together.
 * @throws MarginaliaError `unknown-architecture`
 */
export function checkedArchitecture(architecture: Architecture, path: string): Architecture {
  const checked = ArchitectureSchema.safeParse(architecture);
  if (checked.success) return checked.data;
  throw new MarginaliaError(
    'unknown-architecture',
    `The architecture of ${path} does not fit together: ${describeProblem(checked.error)}.`,
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

function lacking(path: string, name: string): never {
  throw new MarginaliaError(
    'missing-tensor',
    `The checkpoint ${path} lacks the tensor ${name}.`,
    'It is not complete, or of another model: get it again, or another one.',
  );
}

function noTowers(path: string): never {
  throw new MarginaliaError(
    'unknown-architecture',
    `${path} does not hold the two towers of a model: patches and words, as UniMedCLIP, CLIP, PubMedCLIP or BiomedCLIP have them.`,
    'Give the whole checkpoint of the published training, or describe its architecture with --config.',
  );
}
