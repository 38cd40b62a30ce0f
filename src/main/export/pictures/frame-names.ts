import type { FrameInfo } from '../../../shared/image/index.ts';
import type { LabelledImage } from '../labelled-image.ts';

/**
 * What files of single frames are called, without an ending: as the picture that a frame is, or
 * `slice-0001` and so on. With its ending where another picture has the same name without it.
 */
export function frameNames({ kind, raster, frames }: LabelledImage): string[] {
  const count = raster.size[2];
  if ((kind !== 'set' && kind !== 'picture') || !frames) {
    const digits = Math.max(4, String(count).length);
    return Array.from({ length: count }, (_, k) => `slice-${String(k + 1).padStart(digits, '0')}`);
  }
  const stems = frames.map(stemOf);
  const isTwice = new Set(stems.filter((stem, k) => stems.indexOf(stem) !== k));
  return frames.map((frame, k) =>
    safe(isTwice.has(stems[k]!) ? frame.key.replaceAll('#', '-') : stems[k]!),
  );
}

/** `name.png`, or `name.tif#2` for a further page. */
function stemOf({ key }: FrameInfo): string {
  const [name = '', page] = key.split('#');
  const stem = name.replace(/\.[^.]*$/, '') || name;
  return page === undefined ? stem : `${stem}-${page}`;
}

/** No name leads out of its folder. */
const safe = (name: string): string => name.replaceAll(/[/\\:]/g, '_').replace(/^\.+/, '_');
