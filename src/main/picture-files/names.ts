/** The last part of a path, also of an entry of a zip. */
export const nameOf = (path: string): string => path.split(/[\\/!]/).at(-1)!;

/** What comes before it, '' where nothing does. */
export const folderOf = (path: string): string =>
  path.slice(0, path.length - nameOf(path).length).replace(/[\\/!]$/, '');

/** A name without its ending. */
export const stemOf = (name: string): string => name.replace(/\.[^.]*$/, '');

/** As people count: 2 before 10, in every language the same. */
const collator = new Intl.Collator('en', { numeric: true });

export function inNaturalOrder(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}
