import type { z } from 'zod';
import type * as contract from '../../../shared/contract/index.ts';
import { arraySize, type FileOutcome, type ImageInfo } from '../../../shared/image/index.ts';
import { readerOf, type ImageScan } from '../../images/index.ts';

type ImageSummary = z.infer<typeof contract.ImageSummary>;
type Source = z.infer<typeof contract.Source>;

/** An image as pages list it. */
export function imageSummary(image: ImageInfo): ImageSummary {
  const reader = readerOf(image);
  const origin = reader.describe(image);
  const [columns, rows] = arraySize(image.frames);
  return {
    id: image.id,
    seriesInstanceUid: origin.seriesInstanceUid,
    kind: image.kind,
    modality: image.modality,
    seriesNumber: origin.seriesNumber ?? null,
    description: image.description || image.protocol,
    distinction: image.distinction,
    bodyPart: image.bodyPart,
    studyDescription: origin.studyDescription,
    studyDate: origin.studyDate,
    patientName: origin.patientName,
    patientId: origin.patientId,
    images: image.frames.length,
    columns,
    rows,
    warnings: [...image.warnings],
    channels: image.channels,
    resamplable: image.grid === null && image.resamplable,
    isDicom: reader.dicomSource !== undefined,
  };
}

const MOST_PROBLEMS = 1000;

export function sourceSummary(
  id: string,
  paths: readonly string[],
  { files, images }: ImageScan,
): Source {
  const having = (status: FileOutcome['status']): number =>
    files.filter((file) => file.status === status).length;
  return {
    id,
    paths: [...paths],
    stacks: images.map(imageSummary),
    loaded: having('loaded'),
    skipped: having('skipped'),
    failed: having('failed'),
    problems: files.filter(({ status }) => status !== 'loaded').slice(0, MOST_PROBLEMS),
  };
}

/** What a source is called in a list: nothing that names a patient. */
export function sourceTitle({ stacks }: Source): string {
  const names = [...new Set(stacks.map((s) => s.studyDescription || s.description))];
  const modalities = [...new Set(stacks.map(({ modality }) => modality))].filter(Boolean);
  const name = names.find((text) => text !== '') ?? 'without description';
  const more = names.length > 1 ? ` and ${names.length - 1} more` : '';
  return [modalities.join(', '), `${name}${more}`].filter(Boolean).join(' · ');
}
