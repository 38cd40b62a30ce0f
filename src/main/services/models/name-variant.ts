import type { Bundle } from '../../engine/bundle/bundle.ts';
import type { Provenance } from '../../export/index.ts';

/** How results name what they were computed with, beside learned adapters. */
export const nameVariant = ({
  json,
  variant,
  family,
}: Pick<Bundle, 'json' | 'variant' | 'family'>): Pick<
  Provenance['model'],
  'name' | 'sha256' | 'precision' | 'family'
> => ({
  name: json.name,
  sha256: variant.hash,
  precision: variant.precision,
  family,
});
