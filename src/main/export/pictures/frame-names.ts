import type { FrameInfo } from '../../../shared/image/index.ts';
import type { LabelledImage } from '../labelled-image.ts';
import { sameFileKey, uniqueNames } from './file-names.ts';

/**
 * What files of single frames are called, without an ending: as the picture that a frame is, or
 * `slice-0001` and so on. With its ending where another picture has the same name without it. No two are
 * one file, whatever the file system.
 */
export function frameNames({ kind, raster, frames }: LabelledImage): string[] {
  const count = raster.size[2];
  if ((kind !== 'set' && kind !== 'picture') || !frames) {
    const digits = Math.max(4, String(count).length);
    return Array.from({ length: count }, (_, k) => `slice-${String(k + 1).padStart(digits, '0')}`);
  }
  const stems = frames.map(stemOf);
  const frequency = new Map<string, number>();
  for (const key of stems.map(sameFileKey)) frequency.set(key, (frequency.get(key) ?? 0) + 1);
  return uniqueNames(
    frames.map(({ key }, k) =>
      frequency.get(sameFileKey(stems[k]!)) === 1 ? stems[k]! : key.replaceAll('#', '-'),
    ),
  );
}

/** `name.png`, or `name.tif#2` for a further page. */
function stemOf({ key }: FrameInfo): string {
  const [, name = key, page] = /^(.*?)(?:#(\d+))?$/s.exec(key)!;
  const stem = name.replace(/\.[^.]*$/, '') || name;
  return page === undefined ? stem : `${stem}-${page}`;
}
