import { labelledVolume } from './labelled-volume.ts';
import type { AnnotationResult } from '../../src/main/export/index.ts';

const [NX, NY, NZ] = [20, 10, 8];

/** Slices 2 and 3 hold label 1, a box of 4 × 3 voxels of 1 × 1 × 5 mm; 2 is accepted, 3 rejected. */
export function exampleAnnotation(changes: Partial<AnnotationResult> = {}): AnnotationResult {
  const labelMap = new Uint8Array(NX * NY * NZ);
  for (const k of [2, 3])
    for (let j = 3; j < 6; j++)
      labelMap.fill(1, k * NX * NY + j * NX + 5, k * NX * NY + j * NX + 9);
  return {
    image: labelledVolume({
      grid: { size: [NX, NY, NZ], affineLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 5, 0, 0, 0, 0, 1] },
      data: new Int16Array(NX * NY * NZ).fill(40),
    }),
    acquisition: '2d',
    labels: [{ name: 'liver', prompt: 'liver', colour: '#ff0000', value: 1 }],
    labelMap,
    review: {
      states: [
        'unseen',
        'unseen',
        'accepted',
        'rejected',
        'unseen',
        'unseen',
        'unseen',
        'corrected',
      ],
      suggestions: [],
    },
    contents: {
      include: 'painted',
      decided: [2, 7],
      acceptedUnseen: [],
      paintedUndecided: [3],
      leftOut: [],
      suggested: [],
      suggestedWith: [],
      voxels: { 1: { decided: 12, acceptedUnseen: 0, paintedUndecided: 12, suggested: 0 } },
      absent: {},
    },
    complete: [false, false, true, false, false, false, false, true],
    covered: [[], [], [1], [], [], [], [], [1]],
    heldBack: [],
    window: { centre: 40, width: 400 },
    suggestion: null,
    application: { version: '1.2.3' },
    source: {
      studyInstanceUid: '2.25.1',
      seriesInstanceUid: '2.25.2',
      sopInstanceUids: ['2.25.3'],
      modality: 'CT',
    },
    digests: { study: 'a'.repeat(64), stack: 'b'.repeat(64) },
    series: { modality: 'CT', bodyPart: 'ABDOMEN', patient: null },
    created: new Date('2026-01-02T03:04:05Z'),
    resampled: null,
    resampling: null,
    dicom: () => Promise.reject(new Error('not asked for')),
    ...changes,
  };
}
