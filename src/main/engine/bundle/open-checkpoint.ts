import { closeSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { MarginaliaError } from '../../../shared/errors.ts';
import { openTorchCheckpoint, type Checkpoint } from './checkpoint.ts';
import { expectFile, withFileErrors } from './file-errors.ts';
import { publishedNames } from './published-names.ts';
import { openSafetensors, readFloats } from './safetensors.ts';
import { fromTransformers } from './transformers-clip.ts';

/**
 * Opens what torch.save wrote (.pth, .pt, .bin) or a safetensors file, whatever it is called, with
 * its tensors under their published names.
 * @throws MarginaliaError `not-a-model` where none of them is of a model that can be imported; and as
 *   openTorchCheckpoint and openSafetensors.
 */
export async function openCheckpoint(path: string): Promise<Checkpoint> {
  const file = isSafetensors(path) ? openTensorFile(path) : await openTorchCheckpoint(path);
  const stored = fromTransformers(file) ?? file;
  const names = publishedNames(stored.shapes.keys());
  if (names.size === 0) {
    await stored.close();
    const some = [...stored.shapes.keys()].slice(0, 3);
    throw new MarginaliaError(
      'not-a-model',
      `${basename(path)} holds no model that can be imported; its tensors are called ${some.join(', ')}${stored.shapes.size > some.length ? ', …' : ''}.`,
      'Give a checkpoint of MedCLIPSeg, or the towers of UniMedCLIP, CLIP, PubMedCLIP or BiomedCLIP as open_clip, OpenAI or transformers save them.',
    );
  }
  return {
    shapes: new Map([...names].map(([name, there]) => [name, stored.shapes.get(there)!])),
    read: (name) => stored.read(names.get(name)!),
    close: () => stored.close(),
  };
}

/** By its content, a header in JSON behind its length, or else by its name: one may be cut off. */
function isSafetensors(path: string): boolean {
  expectFile(path);
  const head = Buffer.alloc(9);
  withFileErrors(`${path} cannot be read`, () => {
    const file = openSync(path, 'r');
    try {
      readSync(file, head, 0, head.length, 0);
    } finally {
      closeSync(file);
    }
  });
  return head[8] === '{'.charCodeAt(0) || path.endsWith('.safetensors');
}

function openTensorFile(path: string): Checkpoint {
  const file = openSafetensors(path);
  return {
    shapes: new Map([...file.tensors].map(([name, { shape }]) => [name, shape])),
    read: (name) => Promise.resolve(readFloats(file, name)),
    close: () => Promise.resolve(),
  };
}
