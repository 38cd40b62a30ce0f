import { MarginaliaError } from '../errors.ts';
import type { Grid, Volume } from '../volume.ts';
import type { ImageInfo } from './info.ts';
import type { LoadedFrames } from './reader.ts';

/**
 * The grid that the frames of an image lie on. Whatever needs one (linked planes, surfaces,
 * millilitres, fusion of planes, propagation along the normal) asks here; nothing else does.
 * @throws MarginaliaError `irregular-geometry`, with the reasons, where there is none.
 */
export function requireGrid({
  grid,
  warnings,
  resamplable,
}: Pick<ImageInfo, 'grid' | 'warnings' | 'resamplable'>): Grid {
  if (grid !== null) return grid;
  const reasons = warnings.filter(({ severity }) => severity !== 'info').map(({ text }) => text);
  const because = reasons.length > 0 ? `: ${reasons.join('; ')}` : '';
  throw new MarginaliaError(
    'irregular-geometry',
    `The series is no regular volume${because}.`,
    resamplable
      ? 'It can be resampled onto a regular grid (linear interpolation): in the window when it is opened, on the command line with --resample.'
      : 'Choose another series.',
  );
}

/**
 * The frames of a grey image as a volume.
 * @throws MarginaliaError `irregular-geometry` where they lie on no grid; `colour-image` where they are
 *   in colour.
 */
export function requireVolume(
  image: Pick<ImageInfo, 'warnings' | 'resamplable'>,
  { grid, channels, data }: LoadedFrames,
): Volume {
  const { warnings, resamplable } = image;
  if (channels === 1) return { grid: requireGrid({ grid, warnings, resamplable }), data };
  throw new MarginaliaError(
    'colour-image',
    'The series is in colour.',
    'Choose a grey one: planes across the slices and volumes are made of grey values.',
  );
}
