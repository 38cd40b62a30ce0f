import type { Checkpoint } from './checkpoint.ts';

/** How names of the transformers library's CLIPModel become published ones, every rule that fits. */
const RULES: readonly (readonly [RegExp, string])[] = [
  [/^text_model\.embeddings\.token_embedding\.weight$/, 'clip_model.token_embedding.weight'],
  [/\.embeddings\.position_embedding\.weight$/, '.positional_embedding'],
  [/\.embeddings\.class_embedding$/, '.class_embedding'],
  [/\.embeddings\.patch_embedding\./, '.conv1.'],
  [/\.pre_layrnorm\./, '.ln_pre.'],
  [/\.post_layernorm\./, '.ln_post.'],
  [/\.final_layer_norm\./, '.ln_final.'],
  [/\.encoder\.layers\./, '.transformer.resblocks.'],
  [/\.layer_norm([12])\./, '.ln_$1.'],
  [/\.self_attn\.out_proj\./, '.attn.out_proj.'],
  [/\.mlp\.fc1\./, '.mlp.c_fc.'],
  [/\.mlp\.fc2\./, '.mlp.c_proj.'],
];

/** Linear layers [out, in] that are matrices [in, out] in the published names. */
const TRANSPOSED = new Map([
  ['visual_projection.weight', 'vision_model.proj'],
  ['text_projection.weight', 'text_model.text_projection'],
]);

const QUERY = /\.self_attn\.q_proj\.(weight|bias)$/;

interface Source {
  readonly shape: readonly number[];
  readonly read: () => Promise<Float32Array>;
}

/**
 * A checkpoint as the transformers library saves CLIP and PubMedCLIP, with its tensors under the
 * published names; undefined where it is of another kind.
 */
export function fromTransformers(stored: Checkpoint): Checkpoint | undefined {
  if (!stored.shapes.has('text_model.embeddings.token_embedding.weight')) return undefined;
  const sources = new Map<string, Source>();
  const renamed = (name: string): string =>
    RULES.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), name);
  for (const [name, shape] of stored.shapes) {
    const matrix = TRANSPOSED.get(name);
    if (matrix !== undefined && shape.length === 2) {
      const [rows, columns] = shape as [number, number];
      const read = async (): Promise<Float32Array> =>
        transposed(await stored.read(name), rows, columns);
      sources.set(matrix, { shape: [columns, rows], read });
    } else if (QUERY.test(name)) {
      const parts = ['q', 'k', 'v'].map((part) => name.replace('.q_proj.', `.${part}_proj.`));
      if (!parts.every((part) => stored.shapes.has(part))) continue;
      const target = renamed(name).replace('.self_attn.q_proj.', '.attn.in_proj_');
      const read = async (): Promise<Float32Array> => {
        const values: Float32Array[] = [];
        for (const part of parts) values.push(await stored.read(part));
        return joined(values);
      };
      sources.set(target, { shape: [3 * shape[0]!, ...shape.slice(1)], read });
    } else {
      sources.set(renamed(name), { shape, read: () => stored.read(name) });
    }
  }
  return {
    shapes: new Map([...sources].map(([name, { shape }]) => [name, shape])),
    read: (name) => sources.get(name)!.read(),
    close: () => stored.close(),
  };
}

function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  return values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!);
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((n, { length }) => n + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
