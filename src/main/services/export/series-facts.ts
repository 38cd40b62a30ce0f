import { createHash } from 'node:crypto';
import type { ImageInfo, ImageOrigin } from '../../../shared/image/index.ts';
import { uidOf } from '../../../shared/uid.ts';
import type { AnnotationResult } from '../../export/index.ts';

/** Which series labels are of; with `deidentify` under UIDs that stand for those of the files. */
export function sourceOf(
  image: ImageInfo,
  origin: ImageOrigin,
  deidentify: boolean,
): AnnotationResult['source'] {
  const uid = deidentify ? pseudonym : (original: string): string => original;
  return {
    studyInstanceUid: uid(origin.studyInstanceUid),
    seriesInstanceUid: uid(origin.seriesInstanceUid),
    sopInstanceUids: origin.sopInstanceUids.map(uid),
    modality: image.modality,
  };
}

/** What a reader is told of the series; with `deidentify` nothing of the patient. */
export function factsOf(
  { modality, bodyPart, description, protocol }: ImageInfo,
  origin: ImageOrigin,
  deidentify: boolean,
): AnnotationResult['series'] {
  const patient = {
    name: origin.patientName,
    id: origin.patientId,
    studyDate: origin.studyDate,
    study: origin.studyDescription,
    series: description || protocol,
  };
  return { modality, bodyPart, patient: deidentify ? null : patient };
}

/** sha256 in hex of what something is called: the same for the same, everywhere. */
export const digest = (uid: string): string =>
  createHash('sha256').update(`marginalia ${uid}`).digest('hex');

/**
 * A UID under 2.25 (PS3.5 B.2) in the place of another, always the same one: who has the original
 * can find it again, who has not learns nothing of it.
 */
function pseudonym(uid: string): string {
  return uidOf(digest(uid).slice(0, 32));
}
