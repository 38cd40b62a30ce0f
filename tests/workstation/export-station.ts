import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  annotationProvenanceSchema,
  type AnnotationProvenance,
} from '../../src/main/export/annotation-provenance.ts';
import { readImage } from '../../src/main/images/index.ts';
import type { StreamInput, StreamOutput } from '../../src/shared/contract/index.ts';
import { slicePatch } from '../support/slice-patch.ts';
import { fakeEngines } from './fake-engines.ts';
import { openSeries, openWorkstation, PHANTOM, type Workstation } from './workstation.ts';

const { size: SIZE, slices: SLICES } = PHANTOM;
const PIXELS = SIZE ** 2;

type Input = StreamInput<'export.run'>;
type State = 'corrected' | 'rejected' | 'unseen' | 'started' | 'accepted-unseen';

/** A series with labels that are painted, decided and suggested as a test wants them, to be exported. */
export interface ExportStation extends Pick<Workstation, 'page' | 'root'> {
  readonly stack: string;
  /** Ids of labels by value − 1: 1 and 2 are shown, 3 is to be locked, 4 is hidden. */
  readonly ids: readonly string[];
  /** Suggests labels, by their values, from one slice to another. */
  readonly suggest: (first: number, last: number, values: readonly number[]) => Promise<unknown>;
  /**
   * Paints 30 pixels of a slice.
   * @param about values of labels that the state is about; all. @param unseen those of them that were
   *   accepted without a look; as the state says.
   */
  readonly paint: (
    index: number,
    value: number,
    state: State,
    about?: readonly number[],
    unseen?: readonly number[],
  ) => Promise<unknown>;
  /**
   * Slices 0 and 1 are painted and not decided, 2 is corrected for all labels, 3 for the first alone,
   * 4 rejected, 5 accepted unseen; 6 to 9 are suggested, in 6 and 7 also the locked label.
   */
  readonly annotate: () => Promise<void>;
  readonly run: (
    include: Input['include'],
    folder: string,
    formats?: Input['formats'],
    nnunet?: Input['nnunet'],
  ) => Promise<StreamOutput<'export.run'>>;
  /** A path below the folder that exports go to. */
  readonly at: (...parts: string[]) => string;
  /** The labels of a file below it, slice by slice. */
  readonly labelsIn: (file: string) => Promise<Uint8Array[]>;
  readonly provenanceIn: (folder: string) => AnnotationProvenance;
}

export async function openExportStation(): Promise<ExportStation> {
  const station = await openWorkstation(fakeEngines().spawn);
  const { page, root } = station;
  const stack = await openSeries(station);
  // What is decided is not to change what is suggested elsewhere.
  await page.call('settings.change', { propagate: false });
  const ids: string[] = [];
  for (const prompt of ['a', 'bb', 'ccc', 'dddd']) {
    ids.push((await page.call('labels.create', { stack, name: `label ${prompt}`, prompt })).id);
  }
  const idsOf = (values: readonly number[]): string[] => values.map((value) => ids[value - 1]!);
  await page.call('labels.change', { stack, label: ids[3]!, change: { visible: false } });
  const at: ExportStation['at'] = (...parts) => join(root, ...parts);

  const suggest: ExportStation['suggest'] = (first, last, values) =>
    page.stream('suggestions.run', {
      stack,
      labels: idsOf(values),
      slices: [first, last],
      focus: first,
    }).result;
  const paint: ExportStation['paint'] = (index, value, state, about = [1, 2, 3, 4], unseen) =>
    page.call('edits.apply', {
      stack,
      name: 'Brush',
      slices: [slicePatch(index, new Uint8Array(PIXELS).fill(value, 100, 130))],
      review:
        state === 'unseen'
          ? []
          : [{ index, state, labels: idsOf(about), ...(unseen && { unseen: idsOf(unseen) }) }],
      actor: 'human',
    });

  return {
    page,
    root,
    stack,
    ids,
    suggest,
    paint,
    async annotate() {
      await suggest(0, 9, [1, 2, 4]);
      await suggest(6, 7, [3]);
      await paint(0, 1, 'unseen');
      await paint(1, 3, 'unseen');
      await paint(2, 2, 'corrected');
      await paint(3, 1, 'corrected', [1]);
      await paint(4, 2, 'rejected');
      await paint(5, 1, 'accepted-unseen');
      await page.call('labels.change', { stack, label: ids[2]!, change: { locked: true } });
    },
    run: (include, folder, formats = ['nifti'], nnunet) =>
      page.stream('export.run', {
        stack,
        folder: at(folder),
        formats,
        deidentify: true,
        ...(include && { include }),
        ...(nnunet && { nnunet }),
      }).result,
    at,
    async labelsIn(file) {
      const { data } = await readImage(at(file));
      // Rows are stored bottom up.
      const from = (k: number, n: number): number =>
        k * PIXELS + (SIZE - 1 - Math.floor(n / SIZE)) * SIZE + (n % SIZE);
      return Array.from({ length: SLICES }, (_, k) =>
        Uint8Array.from({ length: PIXELS }, (_, n) => data[from(k, n)]!),
      );
    },
    provenanceIn: (folder) =>
      annotationProvenanceSchema.parse(
        JSON.parse(readFileSync(at(folder, 'provenance.json'), 'utf8')),
      ),
  };
}
