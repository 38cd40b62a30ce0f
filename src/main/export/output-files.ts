import type { OutputFile } from './atomic.ts';
import { niftiBytes, niftiGz, type NiftiImage } from './nifti-write.ts';

/** A NIfTI file, whose frames are computed when they are written. @param bytes of all of them. */
export const niftiFile = (
  name: string,
  image: Omit<NiftiImage, 'frames'>,
  bytes: number,
  frames: () => Promise<NiftiImage['frames']>,
): OutputFile => ({
  name,
  atMost: gzipAtMost(niftiBytes({ ...image, frames: [] }) + bytes),
  content: async function* () {
    yield* niftiGz({ ...image, frames: await frames() });
  },
});

/** gzip never adds more than a thousandth and its own header. */
const gzipAtMost = (bytes: number): number => Math.ceil(bytes * 1.001) + 64;

export function textFile(name: string, text: string): OutputFile {
  const bytes = Buffer.from(text);
  return { name, atMost: bytes.length, content: () => [bytes] };
}

export const jsonText = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

export const jsonFile = (name: string, value: unknown): OutputFile =>
  textFile(name, jsonText(value));
