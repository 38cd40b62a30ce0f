import type { Command } from 'commander';
import { spacingOf } from '../../shared/volume.ts';
import {
  requireImages,
  scanDicom,
  type FileOutcome,
  type Scan,
  type Stack,
} from '../../main/dicom/index.ts';
import { progressLine, table } from '../output.ts';

export function registerSeries(program: Command): void {
  program
    .command('series')
    .description('list the DICOM series in a folder, a file or a zip, and what is wrong with them')
    .argument('<path>', 'folder, file or zip')
    .option('--json', 'machine-readable result')
    .action(async (path: string, options: { json?: boolean }) => {
      const progress = progressLine();
      const scan = await scanDicom([path], {
        onProgress: (files) => progress.show(`${files} files`),
      }).finally(() => progress.end());
      if (options.json) console.log(JSON.stringify(seriesJson(scan)));
      else print(scan);
      requireImages(scan, [path]);
    });
}

/**
 * What `--json` gives: every file with its outcome, every series with its stacks. A stack's
 * `spacing` (mm) and `affineLps` (row-major 4×4, voxel to patient) are null where it has no regular
 * grid. Nothing that names the patient.
 */
function seriesJson(scan: Scan): object {
  return {
    files: scan.files,
    series: scan.series.map(({ patientName, patientId, stacks, ...header }) => ({
      ...header,
      seriesNumber: header.seriesNumber ?? null,
      stacks: stacks.map((stack) => ({
        id: stack.id,
        distinction: stack.distinction,
        columns: stack.frames[0]!.columns,
        rows: stack.frames[0]!.rows,
        slices: stack.frames.length,
        regular: stack.grid !== undefined,
        resamplable: stack.resamplable,
        verdicts: stack.verdicts,
        spacing: stack.grid === undefined ? null : spacingOf(stack.grid),
        affineLps: stack.grid?.affineLps ?? null,
        windows: stack.windows,
        sopInstanceUids: [...new Set(stack.frames.map(({ sopInstanceUid }) => sopInstanceUid))],
      })),
    })),
  };
}

function print({ series, files }: Scan): void {
  for (const { stacks, ...header } of series) {
    const title = header.seriesDescription || header.protocolName || 'without description';
    console.log(`${header.modality || '?'} ${header.seriesNumber ?? '–'}  ${title}`);
    for (const stack of stacks) printStack(stack);
    console.log();
  }
  console.log(summary(files));
}

function printStack(stack: Stack): void {
  const [{ columns, rows }] = stack.frames as [Stack['frames'][number]];
  const spacing =
    stack.grid === undefined
      ? ''
      : `, ${spacingOf(stack.grid)
          .map((mm) => Number(mm.toFixed(3)))
          .join(' × ')} mm`;
  const which = stack.distinction === '' ? '' : `  (${stack.distinction})`;
  console.log(`  ${columns} × ${rows} × ${stack.frames.length}${spacing}${which}`);
  for (const { kind, text } of stack.verdicts) console.log(`  ${kind}: ${text}`);
  if (stack.grid === undefined) {
    console.log(
      stack.resamplable
        ? '  no regular volume: segment it with --resample'
        : '  no regular volume: it cannot be exported as one',
    );
  }
  console.log(`  ${stack.id}`);
}

/** How many files were loaded, and why the others were not. */
function summary(files: readonly FileOutcome[]): string {
  const counts = new Map<string, number>();
  for (const { status, reason } of files) {
    const key = status === 'loaded' ? 'loaded' : `${status}: ${reason}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const rows = [...counts].map(([what, count]) => [String(count), what]);
  return table(['files', 'outcome'], rows);
}
