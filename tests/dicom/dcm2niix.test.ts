import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadVolume, scanDicom } from '../support/scan-dicom.ts';
import { niftiBytes, niftiGz, type NiftiImage } from '../../src/main/export/nifti-write.ts';
import { writeFiles } from '../../src/main/export/atomic.ts';
import { missingCommand, missingPython, python } from '../export/tools.ts';
import { describeShared } from '../support/shared-data.ts';

const noTools =
  missingCommand('dcm2niix', 'dcm2niix') ?? missingPython('nibabel') ?? missingPython('numpy');

/**
 * Each image of ours against that of dcm2niix which fits best: affine, and voxels up to a line
 * (dcm2niix scales Philips images by another pair of slope and intercept).
 */
const COMPARE = `
import sys, json, glob, nibabel, numpy as np
def volumes(pattern):
    for p in sorted(glob.glob(pattern)):
        i = nibabel.load(p)
        d = np.asarray(i.dataobj, dtype=float)
        for t in range(d.shape[3] if d.ndim == 4 else 1):
            yield i.affine, (d[..., t] if d.ndim == 4 else d)
ours = list(volumes(sys.argv[1] + '/*.nii.gz'))
theirs = list(volumes(sys.argv[2] + '/*.nii'))
out = []
for a, d in ours:
    best = None
    for b, e in theirs:
        if d.shape != e.shape: continue
        x, y = d.ravel(), e.ravel()
        slope, offset = np.polyfit(x, y, 1) if x.std() > 0 else (1, 0)
        far = float(np.abs(slope * x + offset - y).max() / max(1e-9, y.std()))
        row = dict(affine=float(np.abs(a - b).max()), voxels=far, slope=float(slope), offset=float(offset))
        if best is None or (row['voxels'], row['affine']) < (best['voxels'], best['affine']): best = row
    out.append(best)
print(json.dumps(out))
`;

interface Comparison {
  readonly affine: number;
  readonly voxels: number;
  readonly slope: number;
}

const folder = mkdtempSync(join(tmpdir(), 'marginalia-dcm2niix-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function compare(source: string): Promise<(Comparison | null)[]> {
  const name = source.replace(/\W/g, '_');
  const [ours, theirs] = [join(folder, `${name}-ours`), join(folder, `${name}-theirs`)];
  mkdirSync(theirs);
  execFileSync('dcm2niix', ['-z', 'n', '-b', 'n', '-f', '%s_%e_%t_%u', '-o', theirs, source]);
  const scan = await scanDicom([source]);
  let n = 0;
  for (const series of scan.series) {
    for (const stack of series.stacks) {
      if (stack.grid === undefined) continue;
      const { grid, data } = await loadVolume(stack);
      const image: NiftiImage = {
        grid,
        frames: [data],
        acquisition: series.acquisition === '3D' ? '3d' : '2d',
        range: [0, 1],
      };
      const file = {
        name: `${String(n++).padStart(3, '0')}.nii.gz`,
        atMost: 2 * niftiBytes(image) + 64,
        content: () => niftiGz(image),
      };
      await writeFiles(ours, [file]);
    }
  }
  return python<(Comparison | null)[]>(COMPARE, ours, theirs);
}

describe.skipIf(noTools)(`volumes are those of dcm2niix ${noTools ?? ''}`, () => {
  for (const parts of [
    ['mr-small', 'hippocampus-crop'],
    ['mr-oblique', 'flair'],
    ['mr-t1-oblique', 'dicom'],
    ['mr-mosaic', 'axasc35'],
    ['mr-mosaic', 'corasc36'],
    ['mr-mosaic', 'sagdesc35'],
    ['mr-mosaic', 'jpeg-lossless'],
    ['mr-mosaic', 'jpeg2000'],
    ['mr-enhanced', 'philips-dcm_qa_enh'],
    ['mr-enhanced', 'siemens-xa10-dcm_qa_enh'],
    ['dialects', 'ct-philips-mixed', 'series201-first8'],
  ]) {
    describeShared(parts.join('/'), ['data', ...parts], (path) => {
      it('affine to 0.001 mm, voxels as stored', { timeout: 60_000 }, async () => {
        const found = await compare(path);
        expect(found.length).toBeGreaterThan(0);
        for (const comparison of found) {
          expect(comparison).not.toBeNull();
          expect(comparison!.voxels).toBeLessThan(1e-3);
          expect(comparison!.affine).toBeLessThan(1e-3);
        }
      });
    });
  }
});
