import { crc32 } from 'node:zlib';

/**
 * A checksum of a blob and of where it belongs: a slice that is damaged, or is stored at another position,
 * does not pass.
 */
export function sealOf(bytes: Uint8Array, ...place: readonly number[]): number {
  return crc32(bytes, crc32(place.join('/')));
}
