import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { contentsText } from './contents.ts';
import { labelsFile, probabilityFile } from './label-files.ts';
import type { OnGrid } from './on-grid.ts';
import { annotationProvenance, type AnnotationResult } from './result.ts';
import type { OutputFile } from './atomic.ts';
import { RESEARCH_NOTICE } from './provenance.ts';
import { labelsTsv } from './sidecars.ts';
import { jsonFile, textFile } from './output-files.ts';
import { isManual } from './who-drew.ts';

const DESCRIPTION = 'dataset_description.json';
const BIDS_VERSION = '1.10.0';

/**
 * Labels as a BIDS derivative (1.10, "Segmentations"): dseg with its look-up table, probseg where the
 * model was asked about every slice, each with its metadata, and what they came from. Subjects are
 * studies, series are acquisitions, both by digests that name nobody; no space entity, because nothing
 * was moved (`SpatialReference`). A dataset_description.json that is there already is left alone.
 * Slices that were acquired on no grid are resampled, which the entity `res` and Resolution say.
 * @param folder of the derivative dataset.
 */
export async function bidsFiles(
  folder: string,
  result: AnnotationResult,
  on: OnGrid,
): Promise<OutputFile[]> {
  const { labels, digests, suggestion, application } = result;
  const subject = `sub-${digests.study.slice(0, 12)}`;
  const stem = `${subject}/anat/${subject}_acq-${digests.stack.slice(0, 12)}${on.resampled ? '_res-regular' : ''}`;
  const common = {
    SpatialReference: 'orig',
    ...(on.resampled && { Resolution: on.resampled }),
  };
  const files = [
    labelsFile(`${stem}_dseg.nii.gz`, result, on),
    textFile(`${stem}_dseg.tsv`, labelsTsv(labels)),
    jsonFile(`${stem}_dseg.json`, {
      Description: `Labels. ${contentsText(result.contents)} ${RESEARCH_NOTICE}`,
      Manual: isManual(result),
      ...common,
      Provenance: annotationProvenance(result, on),
    }),
  ];
  if (suggestion !== null) {
    files.push(
      probabilityFile(`${stem}_probseg.nii.gz`, result, on, suggestion),
      jsonFile(`${stem}_probseg.json`, {
        Description: `Mean probability that a model gives the labels. ${RESEARCH_NOTICE}`,
        Manual: false,
        ...common,
        LabelMap: labels.map(({ name }) => name),
      }),
    );
  }
  const description = {
    Name: 'Labels made with Marginalia',
    BIDSVersion: BIDS_VERSION,
    DatasetType: 'derivative',
    GeneratedBy: [
      { Name: 'Marginalia', Version: application.version, Description: RESEARCH_NOTICE },
    ],
  };
  const isThere = await lstat(join(folder, DESCRIPTION)).then(
    () => true,
    () => false,
  );
  return isThere ? files : [...files, jsonFile(DESCRIPTION, description)];
}
