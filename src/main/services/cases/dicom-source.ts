import { randomUUID } from 'node:crypto';
import { MarginaliaError } from '../../../shared/errors.ts';
import type { ImageInfo } from '../../../shared/image/index.ts';
import { uidOf } from '../../../shared/uid.ts';
import type { DicomSource } from '../../export/index.ts';
import { readerOf } from '../../images/index.ts';

/**
 * What a DICOM object made of an image says of its origin.
 * @param resampled whether its slices are no longer those of the image.
 * @throws MarginaliaError `no-dicom-source` for an image of another format.
 */
export async function dicomSource(image: ImageInfo, resampled: boolean): Promise<DicomSource> {
  const source = await readerOf(image).dicomSource?.(image, resampled);
  if (source !== undefined) return { source, newUid };
  throw new MarginaliaError(
    'no-dicom-source',
    `${image.description || image.id} is no DICOM series: a DICOM segmentation has nothing to refer to.`,
    'Choose another format.',
  );
}

const newUid = (): string => uidOf(randomUUID().replaceAll('-', ''));
