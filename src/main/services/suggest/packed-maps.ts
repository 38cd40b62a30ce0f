import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import { eachKind, type MapBytes } from '../../../shared/map-bytes.ts';

const [deflate, inflate] = [promisify(deflateRaw), promisify(inflateRaw)];

/** The maps of a slice as they are kept in memory: most of them is 0. */
export const packMaps = (maps: MapBytes): Promise<Buffer> =>
  deflate(Buffer.concat(Object.values(eachKind((kind) => maps[kind]))), { level: 1 });

export async function unpackMaps(packed: Uint8Array): Promise<MapBytes> {
  const bytes = await inflate(packed);
  const pixels = bytes.length / 4;
  return eachKind((_, n) => bytes.subarray(n * pixels, (n + 1) * pixels));
}
