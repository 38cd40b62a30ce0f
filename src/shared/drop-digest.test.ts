import { describe, expect, it } from 'vitest';
import { contentDigest, listingDigest, type DropFile } from './drop-digest.ts';

const file = (path: string, bytes: Uint8Array<ArrayBuffer>): DropFile => ({
  path,
  size: bytes.length,
  read: (from, to) => Promise.resolve(bytes.slice(from, to)),
});
const large = new Uint8Array(9 * 2 ** 20).map((_, n) => n % 251);
const [a, b] = [file('a', Uint8Array.of(1, 2)), file('b/c', Uint8Array.of(3))];

describe('the digest of a drop', () => {
  it('does not depend on the order of files, nor on how letters with accents are written', async () => {
    expect(await contentDigest([a, b])).toBe(await contentDigest([b, a]));
    expect(await listingDigest([a, b])).toBe(await listingDigest([b, a]));
    const [composed, apart] = ['Mu\u0308ller', 'M\u00fcller'].map((name) => file(name, large));
    expect(await contentDigest([composed!])).toBe(await contentDigest([apart!]));
  });

  it('is another one for another byte, name or file', async () => {
    const changed = large.slice();
    changed[8 * 2 ** 20]! ^= 1;
    const all = [
      [a, b],
      [a],
      [file('b', Uint8Array.of(1, 2)), b],
      [a, file('b/c', Uint8Array.of(4))],
      [file('x', large)],
      [file('x', changed)],
    ];
    const digests = await Promise.all(all.map((files) => contentDigest(files)));
    expect(new Set(digests).size).toBe(all.length);
    expect(await listingDigest([file('x', large)])).toBe(await listingDigest([file('x', changed)]));
  });

  it('tells of every byte that it reads', async () => {
    let read = 0;
    await contentDigest([a, file('x', large)], (count) => (read += count));
    expect(read).toBe(large.length + 2);
  });
});
