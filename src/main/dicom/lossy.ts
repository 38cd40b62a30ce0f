import type { LossyCompression } from '../../shared/image/index.ts';
import type { DataSet } from './data-set.ts';

/** Lossy Image Compression Method (PS3.3 C.7.6.1.1.5.1) of transfer syntaxes that cannot be without loss. */
const METHODS: Readonly<Record<string, string>> = {
  '1.2.840.10008.1.2.4.50': 'ISO_10918_1',
  '1.2.840.10008.1.2.4.51': 'ISO_10918_1',
  '1.2.840.10008.1.2.4.53': 'ISO_10918_1',
  '1.2.840.10008.1.2.4.55': 'ISO_10918_1',
  '1.2.840.10008.1.2.4.81': 'ISO_14495_1',
};

/**
 * How the pixels of a file were compressed with loss, at any time before (PS3.3 C.7.6.1.1.5): by what its
 * header says, and by its transfer syntax, as not every file says it. Undefined where they were not.
 */
export function lossyOf(set: DataSet, transferSyntax: string): LossyCompression | undefined {
  const method = METHODS[transferSyntax];
  if (set.text('0028,2110') !== '01' && method === undefined) return undefined;
  const values = (tag: string): string[] =>
    set
      .text(tag)
      .split('\\')
      .map((value) => value.trim())
      .filter(Boolean);
  const methods = values('0028,2114');
  return {
    ratios: values('0028,2112'),
    methods: methods.length > 0 || method === undefined ? methods : [method],
  };
}
