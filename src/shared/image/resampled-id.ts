/*
 * Frames that lie on no grid can be resampled onto one. That is another image, with slices of its own:
 * its labels never mix with those of the frames as they were acquired.
 */

const SUFFIX = '/resampled';

/** What an image is called once it is resampled. */
export const resampledId = (id: string): string => `${acquiredId(id)}${SUFFIX}`;

/** Whether an id is that of a resampled image. */
export const isResampledId = (id: string): boolean => id.endsWith(SUFFIX);

/** The image that a resampled one was made of; others are themselves. */
export const acquiredId = (id: string): string =>
  isResampledId(id) ? id.slice(0, -SUFFIX.length) : id;
