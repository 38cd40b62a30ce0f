import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import writeXlsx from 'write-excel-file/node';
import { MarginaliaError } from '../../../shared/errors.ts';
import type { OutputFile } from '../atomic.ts';
import type { LabelDefinition } from '../labels.ts';
import type { AnnotationResult } from '../result.ts';
import { uniqueNames } from './file-names.ts';
import { frameNames } from './frame-names.ts';
import { frameSize, frameValues, shownFrame } from './frame-values.ts';
import { pngFile } from './png-file.ts';
import { writtenFrames } from './written-frames.ts';

const PROMPTS = 'Prompts_Folder';
const SPLITS = ['Train', 'Val'] as const;
type Split = (typeof SPLITS)[number];

/** A label of a picture: a row of the prompt table. */
interface Row {
  readonly split: Split;
  readonly frame: number;
  readonly label: LabelDefinition;
}

/**
 * A data set in the layout of the published code (`picture-files/published-layout.ts` reads it):
 * {Train,Val}_Folder/img/<name>.png as `shownFrame`, label/….png with 255 inside a label and 0 outside, and
 * Prompts_Folder/{Train,Val}_text.xlsx. A row for each label of a picture that was decided on there or is
 * written there, with the prompt of the label; its mask is called as the picture, and by the label, too, where
 * there are several labels. Pictures that learning holds back to judge versions by are in Val, others in Train.
 * @param folder of the data set.
 * @throws MarginaliaError `nothing-labelled`; `dataset-exists` where the folder has one: pictures of both would
 *   be mixed, and one may have been moved to the other part.
 */
export async function publishedFiles(
  folder: string,
  result: AnnotationResult,
): Promise<OutputFile[]> {
  await requireNone(folder);
  const { image, labels, labelMap } = result;
  const names = frameNames(image);
  const rows = rowsOf(result);
  const masks = uniqueNames(
    rows.map(({ frame, label }) =>
      labels.length === 1 ? names[frame]! : `${names[frame]!}_${label.name}`,
    ),
  );
  const written = [...new Map(rows.map((row) => [row.frame, row])).values()];
  const tables = SPLITS.filter((split) => rows.some((row) => row.split === split)).map((split) =>
    tableFile(
      `${PROMPTS}/${split}_text.xlsx`,
      rows.flatMap((row, n) =>
        row.split === split
          ? [[`${names[row.frame]!}.png`, row.label.prompt, `${masks[n]!}.png`]]
          : [],
      ),
    ),
  );
  return [
    ...rows.map(({ split, frame, label }, n) =>
      pngFile(`${split}_Folder/label/${masks[n]!}.png`, frameSize(image, frame), 1, 8, () =>
        frameValues(labelMap, image, frame).map((value) => (value === label.value ? 255 : 0)),
      ),
    ),
    ...written.map(({ split, frame }) =>
      pngFile(
        `${split}_Folder/img/${names[frame]!}.png`,
        frameSize(image, frame),
        image.channels,
        8,
        () => shownFrame(result, frame),
      ),
    ),
    ...tables,
  ];
}

async function requireNone(folder: string): Promise<void> {
  for (const name of [...SPLITS.map((split) => `${split}_Folder`), PROMPTS]) {
    const isThere = await lstat(join(folder, name)).then(
      () => true,
      () => false,
    );
    if (!isThere) continue;
    throw new MarginaliaError(
      'dataset-exists',
      `${folder} has a ${name} already: pictures of two exports would be mixed.`,
      'Export into another folder, or move that one away.',
    );
  }
}

function rowsOf(result: AnnotationResult): Row[] {
  const { image, labels, labelMap, covered, heldBack, contents } = result;
  const held = new Set(heldBack);
  const suggested = new Map(contents.suggested.map((one) => [one.slice, one.labels]));
  return writtenFrames(result).flatMap((frame) => {
    const mask = frameValues(labelMap, image, frame);
    return labels
      .filter(
        ({ value }) =>
          covered[frame]!.includes(value) ||
          suggested.get(frame)?.includes(value) ||
          mask.includes(value),
      )
      .map((label) => ({ split: held.has(frame) ? 'Val' : 'Train', frame, label }) as const);
  });
}

/** Rows of texts under the names of the columns. */
const tableFile = (name: string, rows: readonly (readonly string[])[]): OutputFile => ({
  name,
  atMost: 20_000 + rows.reduce((sum, row) => sum + 200 + 6 * row.join('').length, 0),
  content: async function* () {
    const cells = [['Image', 'Description', 'Ground Truth'], ...rows].map((row) =>
      // XML has no control characters.
      row.map((text) => ({ type: String, value: text.replaceAll(/\p{Cc}+/gu, ' ') })),
    );
    yield await writeXlsx(cells).toBuffer();
  },
});
