/**
 * Bytes of UTF-8 that a name may have: file systems take 255, and endings, channels and names of labels come
 * behind it.
 */
const LONGEST = 160;

/** Names of devices on Windows, whatever their ending. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;

/** A name that leads out of no folder and that Windows, macOS and Linux take; without an ending. */
export function safeName(name: string): string {
  const plain = name
    .replaceAll(/[\p{Cc}<>:"/\\|?*]/gu, '_')
    .replace(/^\.+/, '_')
    .replace(RESERVED, '_$1');
  // Windows drops what is at the end.
  return shortened(plain).replace(/[. ]+$/, '') || '_';
}

/** Cut between characters. */
function shortened(name: string): string {
  let [bytes, end] = [0, 0];
  for (const character of name) {
    bytes += Buffer.byteLength(character);
    if (bytes > LONGEST) break;
    end += character.length;
  }
  return name.slice(0, end);
}

/** Of names that are one file on some file system: letters of either case, accents composed or not. */
export const sameFileKey = (name: string): string => name.normalize('NFC').toLowerCase();

/** Names as `safeName` has them, where two would be one file with a number behind all but the first. */
export function uniqueNames(names: readonly string[]): string[] {
  const safe = names.map(safeName);
  const all = new Set(safe.map(sameFileKey));
  const taken = new Set<string>();
  return safe.map((name) => {
    let unique = name;
    for (let n = 2; taken.has(sameFileKey(unique)); n++) {
      const numbered = `${name}-${n}`;
      if (!all.has(sameFileKey(numbered))) unique = numbered;
    }
    taken.add(sameFileKey(unique));
    return unique;
  });
}
