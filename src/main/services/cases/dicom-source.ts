import { randomUUID } from 'node:crypto';
import { haveOwnFiles, patientAndStudy, type Frame } from '../../dicom/index.ts';
import type { DicomSource, SourceImage } from '../../export/index.ts';
import { uidOf } from '../../../shared/uid.ts';
import type { ChosenStack } from './choose-stack.ts';

/**
 * What a DICOM object made of a stack says of its origin.
 * @param resampled whether its slices are no longer those of the stack.
 */
export async function dicomSource(
  { series, stack }: ChosenStack,
  resampled: string | null,
): Promise<DicomSource> {
  const { frames } = stack;
  const areFiles = haveOwnFiles(stack);
  // A tile of a mosaic is no image of its own.
  const areImages = resampled === null && frames.every(({ tile }) => tile === undefined);
  const image = ({ sopClassUid, sopInstanceUid, index }: Frame): SourceImage => ({
    sopClassUid,
    sopInstanceUid,
    frame: areFiles ? undefined : index + 1,
  });
  const source = {
    shared: await patientAndStudy(frames[0]!.source),
    seriesInstanceUid: series.seriesInstanceUid,
    seriesNumber: series.seriesNumber,
    instances: [...new Map(frames.map((frame) => [frame.sopInstanceUid, frame])).values()],
    images: areImages ? frames.map(image) : null,
  };
  return { source, newUid };
}

const newUid = (): string => uidOf(randomUUID().replaceAll('-', ''));
