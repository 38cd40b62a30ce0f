import { MarginaliaError } from '../../../shared/errors.ts';
import type { ImageInfo } from '../../../shared/image/index.ts';
import { readerOf, type ImageScan } from '../../images/index.ts';

/** What an image shares with others of the same series. */
const seriesOf = (image: ImageInfo): string => readerOf(image).describe(image).seriesInstanceUid;

/**
 * The image that is meant: by the UID of its series or its own id; without either that of the only
 * series with a volume, else of the only series. Of the images of one series (time points, echoes)
 * it is the first.
 * @throws MarginaliaError `no-such-series`, `several-series`
 */
export function chooseImage({ images }: ImageScan, wanted?: string): ImageInfo {
  if (wanted !== undefined) {
    const match =
      images.find(({ id }) => id === wanted) ?? images.find((image) => seriesOf(image) === wanted);
    if (match !== undefined) return match;
    throw new MarginaliaError('no-such-series', `There is no series ${wanted}.`, listed(images));
  }
  const volumes = images.filter(({ kind }) => kind === 'volume');
  const candidates = volumes.length > 0 ? volumes : images;
  const uids = new Set(candidates.map(seriesOf));
  if (uids.size === 1) return candidates[0]!;
  throw new MarginaliaError(
    'several-series',
    `There are ${uids.size} series to choose from.`,
    `Choose one with --series. ${listed(candidates)}`,
  );
}

/** The other images of its series. */
export const siblingsOf = ({ images }: ImageScan, image: ImageInfo): ImageInfo[] =>
  images.filter((other) => other !== image && seriesOf(other) === seriesOf(image));

const MOST_LISTED = 8;

function listed(images: readonly ImageInfo[]): string {
  const lines = images.slice(0, MOST_LISTED).map((image) => {
    const { id, modality, description, protocol, frames, distinction } = image;
    const name = description || protocol || 'without description';
    const which = distinction === '' ? '' : `, ${distinction}`;
    return `\n    ${id}  ${modality} ${name}, ${frames.length} slices${which}`;
  });
  const more = images.length > MOST_LISTED ? `\n    and ${images.length - MOST_LISTED} more` : '';
  return `There are:${lines.join('')}${more}`;
}
