import { createHash } from 'node:crypto';
import { TOKENIZER_FILE, WEIGHTS_FILE } from './file-names.ts';
import { REFERENCE, type ModelJson, type Precision } from './model-json.ts';

/** A family in one precision. */
export interface Variant {
  readonly precision: Precision;
  /** Its frozen towers. */
  readonly file: string;
  /**
   * sha256 over all that shapes its predictions without learned adapters: what suggestions and
   * provenance name.
   */
  readonly hash: string;
}

/** The hashes that identify a bundle. All are sha256, in lower-case hexadecimal digits. */
export interface Identity {
  /**
   * Over architecture, preprocessing, tokenizer and the frozen towers in reference precision. Equal
   * families read the same adapters, learned ones too, in every precision.
   */
  readonly family: string;
  /** Of the bundle whatever its precision: the family, the adapters, and the files beside them. */
  readonly hash: string;
  /** The one in reference precision first. */
  readonly variants: readonly [Variant, ...Variant[]];
}

export function identify({
  architecture,
  preprocessing,
  tokenizer,
  files,
  variants = [],
}: ModelJson): Identity {
  const others = variants.filter(({ precision }) => precision !== REFERENCE);
  const shared = Object.fromEntries(
    Object.entries(files).filter(([name]) => others.every(({ file }) => file !== name)),
  );
  const contentOf = (name: string): string | null => files[name]?.sha256 ?? null;
  const hash = digest({ architecture, preprocessing, tokenizer, files: shared });
  return {
    family: digest({
      architecture,
      preprocessing,
      tokenizer: { ...tokenizer, sha256: contentOf(TOKENIZER_FILE) },
      weights: contentOf(WEIGHTS_FILE),
    }),
    hash,
    variants: [
      // The hash that bundles had before there were variants, so that suggestions of that time stay valid.
      { precision: REFERENCE, file: WEIGHTS_FILE, hash },
      ...others.map(({ precision, file }) => ({
        precision,
        file,
        hash: digest({ bundle: hash, precision, weights: contentOf(file) }),
      })),
    ],
  };
}

const digest = (what: object): string =>
  createHash('sha256').update(canonicalJson(what)).digest('hex');

/** JSON with keys in order, so that equal content gives equal text. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, v: unknown) =>
    typeof v === 'object' && v !== null && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  );
}
