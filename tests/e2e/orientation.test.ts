import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { loadVolume, scanDicom } from '../support/scan-dicom.ts';
import type { Readout } from '../../src/renderer/viewer/index.ts';
import type { Grid, Triple, Volume } from '../../src/shared/volume.ts';
import { missingCommand, missingPython, python } from '../export/tools.ts';
import type { Harness } from '../pages/viewer/page.ts';
import { chromiumMissing } from '../support/chromium.ts';
import { openInChromium, openPage, type OpenPage } from '../support/page.ts';
import { describeShared } from '../support/shared-data.ts';
import { sharedBrowser } from './support/shared-browser.ts';

declare const harness: Harness;

const missing =
  chromiumMissing ??
  missingCommand('dcm2niix', 'dcm2niix') ??
  missingPython('nibabel') ??
  missingPython('numpy');

/**
 * Values that dcm2niix has at places of the patient (LPS, mm), by nibabel: of the volume that they
 * fit best up to a line (scaling may differ); "correlation" says how well.
 */
const VALUES_AT = `
import sys, json, glob, nibabel, numpy as np
points = np.array(json.loads(sys.argv[2])); ours = np.array(json.loads(sys.argv[3]))
ras = points * [-1, -1, 1]
best = None
for p in sorted(glob.glob(sys.argv[1] + '/*.nii')):
    image = nibabel.load(p)
    data = np.asarray(image.dataobj, dtype=float)
    at = np.rint(nibabel.affines.apply_affine(np.linalg.inv(image.affine), ras)).astype(int)
    if (at < 0).any() or (at >= data.shape[:3]).any(): continue
    for t in range(data.shape[3] if data.ndim == 4 else 1):
        theirs = (data[..., t] if data.ndim == 4 else data)[at[:, 0], at[:, 1], at[:, 2]]
        r = float(np.corrcoef(ours, theirs)[0, 1])
        if best is None or r > best: best = r
print(json.dumps(best))
`;

/** Sides of the patient that a way (LPS) leads to, the closest first, those within 75° of it. */
function sides(way: Triple): string {
  const length = Math.hypot(...way);
  return way
    .map(
      (along, axis) =>
        [Math.abs(along) / length, ['LR', 'PA', 'SI'][axis]![along < 0 ? 1 : 0]] as const,
    )
    .filter(([cos]) => cos > Math.cos((75 * Math.PI) / 180))
    .sort(([a], [b]) => b - a)
    .map(([, letter]) => letter)
    .join('');
}

const ORIGIN = 'http://pages.localhost';
const PLANES = ['axial', 'sagittal', 'coronal'] as const;
type Plane = (typeof PLANES)[number];
/** CSS pixels: the thinnest series is a few of them high. */
const STEP = 4;

const folder = mkdtempSync(join(tmpdir(), 'marginalia-orientation-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(missing !== undefined)(
  `what the views say of places agrees with dcm2niix${missing ? ` (skipped: ${missing})` : ''}`,
  () => {
    let opened: OpenPage;
    let page: Page;
    let volume: Volume;

    beforeAll(async () => {
      opened = await openPage('viewer', () => openInChromium(sharedBrowser));
      page = opened.page;
      await page.route(`${ORIGIN}/voxels`, (route) => {
        const { data } = volume;
        return route.fulfill({
          contentType: 'application/octet-stream',
          body: Buffer.from(data.buffer, data.byteOffset, data.byteLength),
        });
      });
    });
    afterAll(() => opened.close());

    /** Shows the volume; keeps what is written over the pictures, and where, in CSS pixels. */
    async function show(): Promise<void> {
      const { grid, data } = volume;
      await page.evaluate(
        async ({ grid, type }) => {
          harness.start();
          const bytes = await (await fetch('/voxels')).arrayBuffer();
          const array = { Int16Array, Uint16Array, Uint8Array, Int32Array, Float32Array }[type]!;
          harness.viewer!.setVolume({ grid: grid as Grid, data: new array(bytes) });
          await harness.viewer!.settled();
        },
        {
          grid,
          type: data.constructor.name as
            'Int16Array' | 'Uint16Array' | 'Uint8Array' | 'Int32Array' | 'Float32Array',
        },
      );
    }

    /** Letters that the page writes at the edges of a view. */
    const lettersOf = (
      plane: Plane,
    ): Promise<Record<'left' | 'right' | 'top' | 'bottom', string>> =>
      page.evaluate(async (plane) => {
        const canvas = document.querySelector<HTMLCanvasElement>(`#${plane} canvas`)!;
        const written: [string, number, number][] = [];
        const { fillText } = CanvasRenderingContext2D.prototype;
        CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
          if (this.canvas === canvas && /^[LRAPSI]+$/.test(text)) written.push([text, x, y]);
          fillText.call(this, text, x, y);
        };
        harness.viewer!.toolChanged();
        await harness.viewer!.settled();
        CanvasRenderingContext2D.prototype.fillText = fillText;
        const { width, height } = canvas.getBoundingClientRect();
        const near = (x: number, y: number): string =>
          written.toSorted(
            (a, b) => Math.hypot(a[1] - x, a[2] - y) - Math.hypot(b[1] - x, b[2] - y),
          )[0]?.[0] ?? '';
        return {
          left: near(0, height / 2),
          right: near(width, height / 2),
          top: near(width / 2, 0),
          bottom: near(width / 2, height),
        };
      }, plane);

    /** What the page says of points of a view, by moving the pointer there; null beyond the slice. */
    async function readOut(
      plane: Plane,
      points: readonly (readonly [number, number])[],
    ): Promise<(Readout | null)[]> {
      const box = (await page.locator(`#${plane}`).boundingBox())!;
      const found: (Readout | null)[] = [];
      for (const [x, y] of points) {
        await page.mouse.move(box.x + x, box.y + y);
        const told = await page.evaluate(
          () => harness.told.findLast(([name]) => name === 'cursor')?.[1],
        );
        found.push((told as Readout | null | undefined) ?? null);
      }
      return found;
    }

    for (const parts of [
      ['mr-oblique', 'flair'],
      ['mr-t1-oblique', 'dicom'],
      ['mr-mosaic', 'sagdesc35'],
    ]) {
      describeShared(parts.join('/'), ['data', ...parts], (path) => {
        const theirs = join(folder, parts.join('-'));
        beforeAll(async () => {
          execFileSync('mkdir', ['-p', theirs]);
          execFileSync('dcm2niix', ['-z', 'n', '-b', 'n', '-f', '%s_%e_%t_%u', '-o', theirs, path]);
          const scan = await scanDicom([path]);
          const stack = scan.series.flatMap(({ stacks }) => stacks).find(({ grid }) => grid);
          volume = await loadVolume(stack!);
        });
        beforeEach(show);

        it('places have the values that dcm2niix has there', { timeout: 120_000 }, async () => {
          const seen: Readout[] = [];
          const [nx, ny, nz] = volume.grid.size;
          for (const where of [0.5, 0.35, 0.7]) {
            const voxel = [nx, ny, nz].map((n) => Math.round(n * where)) as unknown as Triple;
            await page.evaluate((voxel) => harness.viewer!.setPosition(voxel), voxel);
            for (const plane of PLANES) {
              const { width, height } = (await page.locator(`#${plane}`).boundingBox())!;
              const points = [0.2, 0.35, 0.5, 0.6, 0.75].flatMap((x) =>
                [0.25, 0.45, 0.5, 0.7].map((y) => [x * width + 0.5, y * height + 0.5] as const),
              );
              const found = await readOut(plane, points);
              seen.push(...found.filter((readout) => readout !== null));
            }
          }
          expect(seen.length).toBeGreaterThan(60);
          // Of the centres of voxels: rounding at their borders is not what is judged.
          const { affineLps: a } = volume.grid;
          for (const { voxel, world } of seen) {
            const centre = [0, 4, 8].map(
              (r) => a[r]! * voxel[0] + a[r + 1]! * voxel[1] + a[r + 2]! * voxel[2] + a[r + 3]!,
            );
            const half = Math.hypot(
              ...[0, 1, 2].map((n) => Math.hypot(a[n]!, a[4 + n]!, a[8 + n]!) / 2),
            );
            expect(Math.hypot(...world!.map((v, n) => v - centre[n]!))).toBeLessThan(half + 1e-6);
          }
          const inside = seen.filter(({ voxel, world }) => {
            const centre = [0, 4, 8].map(
              (r) => a[r]! * voxel[0] + a[r + 1]! * voxel[1] + a[r + 2]! * voxel[2] + a[r + 3]!,
            );
            const least = Math.min(
              ...[0, 1, 2].map((n) => Math.hypot(a[n]!, a[4 + n]!, a[8 + n]!)),
            );
            return Math.hypot(...world!.map((v, n) => v - centre[n]!)) < 0.45 * least;
          });
          expect(inside.length).toBeGreaterThan(20);
          const correlation = python<number | null>(
            VALUES_AT,
            theirs,
            JSON.stringify(inside.map(({ world }) => world)),
            JSON.stringify(inside.map(({ value }) => value)),
          );
          expect(correlation).toBeGreaterThan(0.99999);
        });

        it('letters name the sides that the picture goes towards, in true proportions', async () => {
          for (const plane of PLANES) {
            const { width, height } = (await page.locator(`#${plane}`).boundingBox())!;
            const [x, y] = [width / 2, height / 2];
            const readouts = await readOut(plane, [
              [x, y],
              [x + STEP, y],
              [x, y + STEP],
            ]);
            const [middle, right, below] = readouts.map((readout) => readout!.world);
            const way = (to: Triple, sign: number): Triple =>
              to.map((v, n) => sign * (v - middle![n]!)) as unknown as Triple;
            expect([plane, await lettersOf(plane)]).toEqual([
              plane,
              {
                left: sides(way(right!, -1)),
                right: sides(way(right!, 1)),
                top: sides(way(below!, -1)),
                bottom: sides(way(below!, 1)),
              },
            ]);
            const scale = await page.evaluate((plane) => harness.viewports[plane].scale, plane);
            expect(Math.hypot(...way(right!, 1)) * scale).toBeCloseTo(STEP, 3);
            expect(Math.hypot(...way(below!, 1)) * scale).toBeCloseTo(STEP, 3);
          }
        });

        it('the left of the patient is on the right of axial and coronal views', async () => {
          for (const plane of ['axial', 'coronal'] as const) {
            expect((await lettersOf(plane)).right[0]).toBe('L');
          }
          expect((await lettersOf('sagittal')).right[0]).toBe('P');
        });
      });
    }
  },
);
