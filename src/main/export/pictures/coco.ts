import { setImmediate } from 'node:timers/promises';
import { frameWord } from '../../../shared/image/index.ts';
import type { OutputFile } from '../atomic.ts';
import { contentsText } from '../contents.ts';
import { RESEARCH_NOTICE } from '../provenance.ts';
import type { AnnotationResult } from '../result.ts';
import { columnRuns } from './column-runs.ts';
import { frameNames } from './frame-names.ts';
import { frameSize, frameValues, shownFrame } from './frame-values.ts';
import { pngFile } from './png-file.ts';
import { writtenFrames } from './written-frames.ts';

/**
 * A data set in the format of COCO (object detection): images/<name>.png as `shownFrame`, one for each frame
 * as `writtenFrames`, and annotations/instances.json. Categories are the labels by their values. A label
 * says which pixels, not which of them are one object: it is one annotation a picture, a crowd (`iscrowd` 1),
 * whose pixels are run lengths by columns (cocodataset.org/#format-data). A picture without annotations is
 * empty.
 * @throws MarginaliaError `nothing-labelled`.
 */
export function cocoFiles(result: AnnotationResult): OutputFile[] {
  const { image, labels } = result;
  const frames = writtenFrames(result);
  const names = frameNames(image);
  const nameOf = (k: number): string => `${names[k]!}.png`;
  const pixels = frames.reduce((sum, k) => sum + frameSize(image, k).reduce((a, b) => a * b), 0);
  return [
    ...frames.map((k) =>
      pngFile(`images/${nameOf(k)}`, frameSize(image, k), image.channels, 8, () =>
        shownFrame(result, k),
      ),
    ),
    {
      name: 'annotations/instances.json',
      // A run takes no more than two characters for each of its pixels.
      atMost: 2 * pixels + 400 * (frames.length + 1) * (labels.length + 1),
      content: () => instances(result, frames, nameOf),
    },
  ];
}

/** The text of instances.json, picture by picture; between two other work has its turn. */
async function* instances(
  result: AnnotationResult,
  frames: readonly number[],
  nameOf: (k: number) => string,
): AsyncGenerator<Uint8Array> {
  const { image, labels, labelMap, created, application, contents } = result;
  const head = {
    info: {
      description: `Labels. ${contentsText(contents, frameWord(image.kind))} ${RESEARCH_NOTICE}`,
      url: '',
      version: '1.0',
      year: created.getUTCFullYear(),
      contributor: `Marginalia ${application.version}`,
      date_created: created.toISOString(),
    },
    licenses: [],
    categories: labels.map(({ value, name }) => ({ id: value, name, supercategory: '' })),
    images: frames.map((k, n) => {
      const [width, height] = frameSize(image, k);
      return { id: n + 1, file_name: nameOf(k), width, height };
    }),
  };
  yield Buffer.from(`${JSON.stringify(head).slice(0, -1)},"annotations":[`);
  let id = 0;
  for (const [n, k] of frames.entries()) {
    const [width, height] = frameSize(image, k);
    const mask = frameValues(labelMap, image, k);
    for (const { value } of labels) {
      const { counts, area, box } = columnRuns(mask, [width, height], value);
      if (area === 0) continue;
      const annotation = {
        id: ++id,
        image_id: n + 1,
        category_id: value,
        iscrowd: 1,
        area,
        bbox: box,
        segmentation: { counts, size: [height, width] },
      };
      yield Buffer.from(`${id > 1 ? ',' : ''}\n${JSON.stringify(annotation)}`);
    }
    await setImmediate();
  }
  yield Buffer.from(']}\n');
}
