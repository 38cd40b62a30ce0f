import { MarginaliaError } from '../../../shared/errors.ts';
import { frameNames, labelledImage } from '../../export/index.ts';
import { readerOf, requireImages, scanImages } from '../../images/index.ts';

/** Label values of one frame, column fastest. */
export interface FrameMask {
  readonly columns: number;
  readonly rows: number;
  readonly values: Uint8Array;
}

/**
 * The masks of a folder by the names of their files, without endings.
 * @throws MarginaliaError as `scanImages` and `requireImages`; `not-masks` where they are no grey pictures of
 *   8 bits.
 */
export async function masksByName(
  folder: string,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, FrameMask>> {
  const scan = await scanImages([folder], signal ? { signal } : {});
  requireImages(scan, [folder]);
  const [image, ...others] = scan.images;
  if (others.length > 0 || (image!.kind !== 'set' && image!.kind !== 'picture'))
    throw notMasks(`${folder} is no folder of masks.`);
  const reader = readerOf(image!);
  const named = { data: new Uint8Array(), grid: null, resampled: null };
  const names = frameNames(labelledImage(image!, named));
  const masks = new Map<string, FrameMask>();
  for (const [k, name] of names.entries()) {
    const { columns, rows, channels, values } = await reader.readFrame(image!, k, signal);
    if (!(values instanceof Uint8Array)) throw notMasks(`${name} has more than 8 bits.`);
    // Grey that was saved as colour has three equal channels.
    const grey = values.filter((_, n) => n % channels === 0);
    if (values.some((v, n) => v !== grey[Math.floor(n / channels)]))
      throw notMasks(`${name} is in colour.`);
    masks.set(name, { columns, rows, values: grey });
  }
  return masks;
}

const notMasks = (what: string): MarginaliaError =>
  new MarginaliaError(
    'not-masks',
    what,
    'Masks are grey pictures of 8 bits whose values are those of the labels, as `segment` and `export --png` write them.',
  );
