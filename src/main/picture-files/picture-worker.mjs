// @ts-check
/**
 * The thread in which pictures from anywhere are decoded, where it can be ended.
 *
 * @import { PictureRequest } from './decoder.ts'
 * @import { Page, PageHeader } from './thread/page.ts'
 */
import { existsSync } from 'node:fs';
import process from 'node:process';
import { URL } from 'node:url';
import { move, transferableSymbol, valueSymbol } from 'piscina';

// A thread of Node 20 cannot be started from TypeScript sources, but it can learn to read them.
if (existsSync(new URL('./thread/decode.ts', import.meta.url))) {
  const { register } = await import('tsx/esm/api');
  register();
}
const { decodePages, headersOf } = await import('./thread/decode.ts');

/**
 * @param {PictureRequest} request
 * @returns {Promise<PageHeader[] | ReturnType<typeof moved>>} headers, or pages where some are asked for.
 * @throws MarginaliaError, in words.
 */
export default async function answer({ bytes, format, pages, channels }) {
  try {
    if (pages === null) return await headersOf(bytes, format);
    return moved(await decodePages(bytes, format, pages, channels));
  } catch (error) {
    // Memory that a library left in disorder goes with the thread; the pool starts another one.
    if (error instanceof Error && error.name === 'RuntimeError') process.exit(1);
    throw error;
  }
}

/** @param {Page[]} pages */
const moved = (pages) =>
  move({
    // Pages may share their memory.
    [transferableSymbol]: [...new Set(pages.map(({ values }) => values.buffer))],
    [valueSymbol]: pages,
  });
