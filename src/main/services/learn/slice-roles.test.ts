import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rolesInMemory, splitDecided } from './slice-roles.ts';

/** A slice whose mask shows something or nothing. */
const slice = (name: string | number, shows = true) => ({
  name: String(name),
  targets: [{ prompt: 'liver', mask: Uint8Array.of(0, shows ? 1 : 0) }],
});
const slices = (...names: readonly (string | number)[]) => names.map((name) => slice(name));
const names = (list: readonly { readonly name: string }[]): string =>
  list.map(({ name }) => name).join('');
const version = (training: string, validation: string) => ({
  slices: [
    ...[...training].map((name) => ({ name, role: 'training' as const })),
    ...[...validation].map((name) => ({ name, role: 'validation' as const })),
  ].map((one) => ({ ...one, sha256: '', prompts: [] })),
});

describe('the role of a decided slice', () => {
  it('stays when a slice before it is undone, rejected or decided again', () => {
    const roles = rolesInMemory();
    expect(names(splitDecided(slices(0, 1, 2, 3, 4, 5, 6, 7, 8), roles).validation)).toBe('15');
    expect(names(splitDecided(slices(1, 2, 3, 4, 5, 6, 7, 8), roles).validation)).toBe('15');
    // 9 is the tenth that is learned from, whatever its place among those that are left.
    expect(names(splitDecided(slices(6, 5, 9, 0, 1), roles).validation)).toBe('591');
  });

  it('stays when the slice shows something else, or nothing', () => {
    const roles = rolesInMemory();
    splitDecided(slices('a', 'b'), roles);
    const { training, validation } = splitDecided([slice('b', false), slice('a', false)], roles);
    expect([names(training), names(validation)]).toEqual(['a', 'b']);
  });

  it('is one for all times that a slice is named', () => {
    const { training, validation } = splitDecided(slices('a', 'b', 'a', 'b'));
    expect([names(training), names(validation)]).toEqual(['aa', 'bb']);
  });

  it('follows what versions say of slices that have none yet', () => {
    const roles = rolesInMemory();
    const { training, validation } = splitDecided(slices('b', 'c', 'd', 'e', 'f', 'g'), roles, [
      version('acd', 'b'),
    ]);
    // a is gone; of the six others f is the fifth and g the sixth that shows something.
    expect([names(training), names(validation)]).toEqual(['cdef', 'bg']);
    expect(names(splitDecided(slices('a', 'b'), roles).training)).toBe('a');
  });

  it('is to be held back from when any version was judged on it, though others learned from it', () => {
    const roles = rolesInMemory();
    const versions = [version('acdeb', ''), version('ad', 'b')];
    expect(names(splitDecided(slices('a', 'b'), roles, versions).validation)).toBe('b');
    expect(names(splitDecided(slices('a', 'b'), roles, [version('', 'a')]).validation)).toBe('ab');
    expect(names(splitDecided(slices('a', 'b'), roles).validation)).toBe('ab');
  });

  it('never changes, whatever is decided in which order and how often', () => {
    const rounds = fc.array(
      fc.uniqueArray(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 20 }),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(rounds, fc.func(fc.boolean()), (decided, shows) => {
        const roles = rolesInMemory();
        const seen = new Map<string, string>();
        decided.forEach((round, n) => {
          const parts = splitDecided(
            round.map((k) => slice(k, shows(n, k))),
            roles,
          );
          for (const [role, part] of Object.entries(parts)) {
            for (const { name } of part) {
              expect(seen.get(name) ?? role).toBe(role);
              seen.set(name, role);
            }
          }
        });
      }),
    );
  });
});
