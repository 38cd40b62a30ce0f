import type { z } from 'zod';
import type * as contract from '../../../shared/contract/index.ts';
import type { FileOutcome, Scan, Series, Stack } from '../../dicom/index.ts';

type StackSummary = z.infer<typeof contract.StackSummary>;
type Source = z.infer<typeof contract.Source>;

export function stackSummary(series: Series, stack: Stack): StackSummary {
  const first = stack.frames[0]!;
  return {
    id: stack.id,
    seriesInstanceUid: series.seriesInstanceUid,
    modality: series.modality,
    seriesNumber: series.seriesNumber ?? null,
    description: series.seriesDescription || series.protocolName,
    distinction: stack.distinction,
    bodyPart: series.bodyPart,
    studyDescription: series.studyDescription,
    studyDate: series.studyDate,
    patientName: series.patientName,
    patientId: series.patientId,
    images: stack.frames.length,
    columns: first.columns,
    rows: first.rows,
    warnings: stack.verdicts.filter(({ kind }) => kind !== 'regular'),
    openable: stack.grid !== undefined || stack.resamplable,
  };
}

const MOST_PROBLEMS = 1000;

export function sourceSummary(id: string, paths: readonly string[], scan: Scan): Source {
  const having = (status: FileOutcome['status']): number =>
    scan.files.filter((file) => file.status === status).length;
  return {
    id,
    paths: [...paths],
    stacks: scan.series.flatMap((series) =>
      series.stacks.map((stack) => stackSummary(series, stack)),
    ),
    loaded: having('loaded'),
    skipped: having('skipped'),
    failed: having('failed'),
    problems: scan.files.filter(({ status }) => status !== 'loaded').slice(0, MOST_PROBLEMS),
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
