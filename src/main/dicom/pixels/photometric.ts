import type { Channels } from '../../../shared/image/index.ts';

const COLOURS = ['RGB', 'YBR_FULL', 'YBR_FULL_422', 'YBR_RCT', 'YBR_ICT', 'PALETTE COLOR'] as const;

/** What the samples of a pixel mean; `grey` is MONOCHROME1 and MONOCHROME2. PS3.3 C.7.6.3.1.2. */
export type Photometric = 'grey' | (typeof COLOURS)[number];

/**
 * What Photometric Interpretation (0028,0004) and Samples per Pixel (0028,0002) say together. One
 * sample of no stated meaning is grey, three are red, green and blue, as most files mean that.
 * @returns words for what cannot be read, or contradicts itself.
 */
export function photometricOf(
  text: string,
  samples: number,
): { readonly is: Photometric } | { readonly fault: string } {
  const colour = COLOURS.find((name) => name === text);
  const expected = colour === undefined || colour === 'PALETTE COLOR' ? 1 : 3;
  if (colour === undefined && /^(PALETTE|RGB|YBR|HSV|ARGB|CMYK|XYB)/.test(text)) {
    return { fault: `has colours as ${text}, which are not read here` };
  }
  if (text === '' && samples === 3) return { is: 'RGB' };
  if (samples !== expected) {
    const says = `says that its pixels have ${samples} ${samples === 1 ? 'sample' : 'samples'}`;
    return {
      fault: text === '' ? `${says}, but not which` : `${says}, where ${text} has ${expected}`,
    };
  }
  return { is: colour ?? 'grey' };
}

/** Grey values stay one channel; every colour becomes red, green and blue. */
export const channelsOf = (photometric: Photometric): Channels => (photometric === 'grey' ? 1 : 3);
