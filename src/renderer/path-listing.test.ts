import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, expect, it, vi } from 'vitest';
import { createPathListing } from './path-listing.ts';

/** Answers that the host still owes, by the folder that was asked for. */
const owed = new Map<string, () => void>();
vi.mock('./bridge.ts', () => ({
  useBridge: () => ({
    call: (_name: string, { path = '' }: { readonly path?: string }) =>
      new Promise((answer) => owed.set(path, () => answer({ path, parent: null, entries: [] }))),
  }),
}));

beforeEach(() => {
  owed.clear();
  setActivePinia(createPinia());
});

it.each([
  ['in the order in which they were asked for', ['/a', '/b']],
  ['the other way round', ['/b', '/a']],
])('shows the folder that was asked for last, where answers come %s', async (_, order) => {
  const { listing, go } = createPathListing();
  const both = [go('/a'), go('/b')];
  for (const path of order) owed.get(path)!();
  await Promise.all(both);
  expect(listing.value!.path).toBe('/b');
});
