import { MarginaliaError } from '../errors.ts';
import type { Grid } from '../volume.ts';
import type { ImageInfo } from './info.ts';

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
