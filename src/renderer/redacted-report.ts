import { errorReport } from './model/error-report.ts';
import { useConnection } from './stores/connection-store.ts';
import { useSources } from './stores/sources-store.ts';

/** What may be sent to who may help, without what is known of patients and of where files lie. */
export function reportOf(error: unknown): string {
  const { list, stacks, failure } = useSources();
  const names = [
    ...list.flatMap(({ paths }) => paths),
    ...(failure?.paths ?? []),
    ...stacks.flatMap(({ patientName, patientId }) => [
      patientName,
      ...patientName.split('^'),
      patientId,
    ]),
  ];
  return errorReport(error, useConnection().about, new Date(), names);
}
