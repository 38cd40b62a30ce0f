import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { applyWindow } from '../../src/main/engine/preprocess.ts';
import { inferno } from '../../src/shared/colormap.ts';
import type { Edit } from '../../src/shared/edit/index.ts';
import type { VoxelArray } from '../../src/shared/volume.ts';
import type { Harness } from '../pages/viewer/page.ts';
import { onEachPage } from '../support/each-page.ts';
import type { OpenPage } from '../support/page.ts';

declare const harness: Harness;

const near = (a: readonly number[], b: readonly number[], by = 1): boolean =>
  a.every((v, n) => Math.abs(v - b[n]!) <= by);

onEachPage('the viewer', (openPage) => {
  let opened: OpenPage;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    opened = await openPage('viewer');
    page = opened.page;
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => {
      // That pixels are read back, which is slow, is the test's own doing.
      if (message.text().includes('GPU stall due to ReadPixels')) return;
      if (message.type() === 'error' || message.text().includes('GL'))
        problems.push(message.text());
    });
  });
  afterAll(() => opened.close());
  beforeEach(async () => {
    problems.length = 0;
    await page.evaluate(() => harness.start());
  });
  const noProblems = (): void => expect(problems).toEqual([]);

  describe('image', () => {
    it.each(['int16', 'uint16', 'uint8', 'int32', 'float32'] as const)(
      'values of %s are shown in the window as the model sees them',
      async (type) => {
        const arrays = {
          int16: Int16Array,
          uint16: Uint16Array,
          uint8: Uint8Array,
          int32: Int32Array,
          float32: Float32Array,
        };
        // 16 × 12 pixels of 25 CSS pixels each; slices of other values around.
        const values = Array.from({ length: 16 * 12 }, (_, n) => {
          if (type === 'uint8') return n;
          if (type === 'float32') return n === 5 ? NaN : n * 0.013 - 0.4;
          return type === 'int16' ? n * 13 - 1100 : n * 20;
        });
        const all: VoxelArray = new arrays[type]([
          ...values.map(() => 7),
          ...values,
          ...values.map(() => 9),
        ]);
        const window =
          type === 'float32'
            ? { centre: 0.5, width: 0.9 }
            : {
                centre: { int16: -200, uint16: 2000, uint8: 100, int32: 2000 }[type],
                width: type === 'uint8' ? 77 : 1500,
              };
        const shown = await page.evaluate(
          async ({ list, type, window }) => {
            const array = {
              int16: Int16Array,
              uint16: Uint16Array,
              uint8: Uint8Array,
              int32: Int32Array,
              float32: Float32Array,
            }[type];
            const viewer = harness.viewer!;
            viewer.setVolume({
              grid: {
                size: [16, 12, 3],
                affineLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
              },
              data: new array(list),
            });
            viewer.setLook({ window, interpolate: false });
            await viewer.settled();
            const grey: number[][] = [];
            for (let row = 0; row < 12; row++)
              for (let column = 0; column < 16; column++)
                grey.push(harness.pixel('axial', 12.5 + 25 * column, 50 + 12.5 + 25 * row));
            return grey;
          },
          { list: [...all], type, window },
        );
        const expected = applyWindow(new arrays[type](values), window);
        expect(new Set(expected).size).toBeGreaterThan(10);
        shown.forEach((colour, n) => {
          const grey = expected[n]!;
          // The device divides in 32 bits: the last bit of a grey may differ.
          expect([n, near(colour, [grey, grey, grey])]).toEqual([n, true]);
        });
        expect(shown.filter(([grey], n) => grey !== expected[n]).length).toBeLessThan(4);
        noProblems();
      },
    );

    it('is interpolated within the slice when asked for, and not across slices', async () => {
      const seen = await page.evaluate(async () => {
        const viewer = harness.viewer!;
        const data = Int16Array.of(
          ...[900, 900, 900, 900],
          ...[0, 100, 200, 40],
          ...[900, 900, 900, 900],
        );
        viewer.setVolume({
          grid: { size: [2, 2, 3], affineLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] },
          data,
        });
        viewer.setLook({ window: { centre: 128, width: 256 }, interpolate: true });
        await viewer.settled();
        // Voxels are 200 CSS pixels: centres at 100 and 300.
        const at = (x: number, y: number): number => harness.pixel('axial', x, y)[0]!;
        return [at(100, 100), at(300, 100), at(200, 100), at(100, 200), at(200, 200), at(20, 20)];
      });
      expect(near(seen, [0, 100, 50, 100, 85, 0], 1)).toBe(true);
      noProblems();
    });

    it('keeps its proportions where voxels are not cubes', async () => {
      const widths = await page.evaluate(async () => {
        const viewer = harness.viewer!;
        const [nx, ny, nz] = [20, 20, 10] as const;
        // A cube of 20 mm: 10 × 20 × 5 voxels of 2 × 1 × 4 mm.
        const data = new Uint8Array(nx * ny * nz);
        for (let k = 2; k < 7; k++)
          for (let j = 0; j < 20; j++)
            for (let i = 5; i < 15; i++) data[i + nx * (j + ny * k)] = 200;
        viewer.setVolume({
          grid: { size: [nx, ny, nz], affineLps: [2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 4, 0, 0, 0, 0, 1] },
          data,
        });
        viewer.setLook({ window: { centre: 128, width: 256 }, interpolate: false });
        viewer.setPosition([10, 10, 4]);
        await viewer.settled();
        const count = (plane: 'axial' | 'sagittal' | 'coronal', width: number, height: number) => {
          const across = Array.from({ length: width }, (_, x) =>
            harness.pixel(plane, x, height / 2),
          );
          const down = Array.from({ length: height }, (_, y) => harness.pixel(plane, width / 2, y));
          const scale = harness.viewports[plane].scale;
          return [across, down].map((line) => line.filter(([grey]) => grey! > 100).length / scale);
        };
        return {
          axial: count('axial', 400, 400),
          sagittal: count('sagittal', 240, 200),
          coronal: count('coronal', 240, 200),
        };
      });
      for (const [plane, [across, down]] of Object.entries(widths)) {
        expect([plane, near([across!, down!], [20, 20], 0.3)]).toEqual([plane, true]);
      }
      noProblems();
    });

    it('looks the same however the grid is stored', async () => {
      const { most, colours } = await page.evaluate(async () => {
        const viewer = harness.viewer!;
        const size = [9, 7, 5] as const;
        const seen: Uint8Array[] = [];
        // prettier-ignore
        const stored = [
          [[0, 1, 2], [1, 1, 1]],
          [[0, 1, 2], [-1, -1, 1]],
          [[1, 2, 0], [1, -1, -1]],
          [[2, 0, 1], [-1, 1, 1]],
          [[0, 2, 1], [1, -1, 1]],
        ] as const;
        for (const [order, flips] of stored) {
          // Voxel axis n runs along world axis order[n]: values are of the place in the patient.
          const own = order.map((world) => size[world]) as [number, number, number];
          const data = new Int16Array(own[0] * own[1] * own[2]);
          const affine = Array.from({ length: 12 }, () => 0).concat(0, 0, 0, 1);
          order.forEach((world, n) => {
            affine[4 * world + n] = flips[n]! * (1 + world);
            affine[4 * world + 3] = flips[n] === 1 ? 0 : (own[n]! - 1) * (1 + world);
          });
          for (let n = 0; n < data.length; n++) {
            const voxel = [
              n % own[0],
              Math.floor(n / own[0]) % own[1],
              Math.floor(n / own[0] / own[1]),
            ];
            order.forEach((world, axis) => {
              const at = flips[axis] === 1 ? voxel[axis]! : own[axis]! - 1 - voxel[axis]!;
              data[n]! += at * [1, 20, 50][world]!;
            });
          }
          viewer.setVolume({ grid: { size: own, affineLps: affine }, data });
          viewer.setLook({ window: { centre: 200, width: 400 } });
          await viewer.settled();
          seen.push(harness.pixels());
        }
        const [first, ...others] = seen;
        let most = 0;
        for (const other of others)
          other.forEach((v, n) => (most = Math.max(most, Math.abs(v - first![n]!))));
        return { most, colours: new Set(first).size };
      });
      // Interpolation from the other side rounds otherwise.
      expect(most).toBeLessThanOrEqual(1);
      expect(colours).toBeGreaterThan(50);
      noProblems();
    });

    it('that no texture can hold is drawn thinned, and painted and read at its full size', async () => {
      const seen = await page.evaluate(async () => {
        harness.start(16);
        const viewer = harness.viewer!;
        // 40 × 40 pixels of 10 CSS pixels: the left half dark, the right one bright, columns alike in threes.
        const data = Uint8Array.from({ length: 40 * 40 }, (_, n) => (n % 40 < 21 ? 40 : 200));
        const size = [40, 40, 1] as const;
        viewer.setVolume({
          grid: { size, affineLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] },
          data,
        });
        viewer.setLook({ window: { centre: 128, width: 256 }, interpolate: false });
        await viewer.settled();
        const greys = [100, 300].map((x) => harness.pixel('axial', x, 200)[0]!);
        const labels = { size, spacing: [1, 1, 1] as const, data: new Uint8Array(40 * 40) };
        viewer.setLabels(labels);
        viewer.setLabelStyles([
          {
            value: 1,
            colour: '#ff0000',
            visible: true,
            fill: 1,
            outline: 0,
            suggested: { fill: 0, outline: 0 },
          },
        ]);
        await viewer.settled();
        // A block that ends between two texels.
        for (let row = 10; row < 20; row++) labels.data.fill(1, row * 40 + 10, row * 40 + 20);
        viewer.labelsChanged([0]);
        await viewer.settled();
        const inside = harness.pixel('axial', 150, 150);
        const outside = harness.pixel('axial', 350, 350);
        return { steps: [...viewer.steps], greys, inside, outside };
      });
      expect(seen.steps).toEqual([3, 3, 1]);
      expect(seen.greys[0]).toBeLessThan(60);
      expect(seen.greys[1]).toBeGreaterThan(180);
      expect(seen.inside).toEqual([255, 0, 0]);
      expect(seen.outside).not.toEqual([255, 0, 0]);
      noProblems();
    });

    it('comes slice by slice, and what has not come is hatched, whatever its voxels are', async () => {
      const seen = await page.evaluate(async () => {
        const viewer = harness.viewer!;
        const data = new Int16Array(4 * 4 * 4);
        viewer.setVolume(
          {
            grid: { size: [4, 4, 4], affineLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] },
            data,
          },
          false,
        );
        viewer.setLook({ window: { centre: 50, width: 101 } });
        /** Greys of a patch of a plane: one for a picture, two for hatching. */
        const greys = (plane: 'axial' | 'sagittal' | 'coronal', x: number, y: number): number[] => {
          const found = new Set<number>();
          for (let n = 0; n < 32; n++) found.add(harness.pixel(plane, x + n, y)[0]!);
          return [...found].sort((a, b) => a - b);
        };
        const all = (): number[][] => [
          greys('axial', 210, 210),
          greys('coronal', 125, 15),
          greys('coronal', 125, 185),
          greys('sagittal', 125, 15),
          greys('sagittal', 125, 185),
        ];
        await viewer.settled();
        const before = all();
        data.fill(1000);
        viewer.imageArrived(0, 1);
        await viewer.settled();
        const half = all();
        viewer.imageArrived(2, 3);
        await viewer.settled();
        return { before, half, whole: all() };
      });
      const [hatched, white] = [[26, 38], [255]];
      expect(seen.before).toEqual(new Array(5).fill(hatched));
      // The last slices lie at the top, towards the head.
      expect(seen.half).toEqual([hatched, hatched, white, hatched, white]);
      expect(seen.whole).toEqual(new Array(5).fill(white));
      noProblems();
    });

    it('is read out where it has come alone', async () => {
      await page.evaluate(async () => {
        const viewer = harness.viewer!;
        viewer.setVolume(
          {
            grid: { size: [4, 4, 4], affineLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] },
            data: new Int16Array(64),
          },
          false,
        );
        viewer.imageArrived(2, 2);
        await viewer.settled();
      });
      const valueAt = async (slice: number): Promise<unknown> => {
        await page.evaluate((k) => harness.viewer!.setPosition([1, 1, k]), slice);
        await page.mouse.move(210, 210 + slice);
        return page.evaluate(() => harness.told.findLast(([name]) => name === 'cursor')![1]);
      };
      expect(await valueAt(2)).toMatchObject({ value: 0 });
      expect(await valueAt(1)).toMatchObject({ value: null });
    });

    it('changes its look while slices arrive, and keeps what is not there hatched', async () => {
      const seen = await page.evaluate(async () => {
        const viewer = harness.viewer!;
        const data = new Int16Array(64).fill(25);
        viewer.setVolume(
          {
            grid: { size: [4, 4, 4], affineLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] },
            data,
          },
          false,
        );
        viewer.imageArrived(2, 2);
        const shown: number[][] = [];
        for (const interpolate of [true, false]) {
          for (const centre of [50, 100]) {
            viewer.setLook({ interpolate, window: { centre, width: 101 } });
            viewer.setPosition([2, 2, 2]);
            await viewer.settled();
            const there = harness.pixel('axial', 210, 210)[0]!;
            viewer.setPosition([2, 2, 0]);
            await viewer.settled();
            shown.push([there, harness.pixel('axial', 210, 210)[0]!]);
          }
        }
        harness.viewports.axial.setAxis(harness.axisOf('coronal'));
        await viewer.settled();
        // Slice 2 of 4 is the second from the top.
        return {
          shown,
          missing: harness.pixel('axial', 210, 350)[0]!,
          there: harness.pixel('axial', 210, 150)[0]!,
        };
      });
      for (const [there, missing] of seen.shown) {
        expect([0, 64, 65]).toContain(there);
        expect([26, 38]).toContain(missing);
      }
      expect(new Set(seen.shown.map(([there]) => there)).size).toBe(2);
      expect([26, 38]).toContain(seen.missing);
      expect(seen.there).toBe(0);
      noProblems();
    });
  });

  /** An image of one grey in 20 × 20 × 5 voxels of 1 × 1 × 2 mm; voxels are 20 CSS pixels. */
  const showGrey = (): Promise<void> =>
    page.evaluate(async () => {
      const viewer = harness.viewer!;
      const size = [20, 20, 5] as const;
      viewer.setVolume({
        grid: { size, affineLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1] },
        data: new Int16Array(2000).fill(100),
      });
      viewer.setLook({ window: { centre: 100.5, width: 201 } });
      viewer.setLabels({ size, spacing: [1, 1, 2], data: new Uint8Array(2000) });
      viewer.setLabelStyles([
        {
          value: 1,
          colour: '#ff0000',
          visible: true,
          fill: 0.5,
          outline: 1,
          suggested: { fill: 0, outline: 0 },
        },
        {
          value: 2,
          colour: '#00ff00',
          visible: false,
          fill: 1,
          outline: 1,
          suggested: { fill: 0, outline: 0 },
        },
      ]);
      await viewer.settled();
    });

  describe('labels', () => {
    beforeEach(showGrey);

    it('have their colour and opacity, a border of full colour, and can be hidden', async () => {
      const seen = await page.evaluate(async () => {
        const viewer = harness.viewer!;
        const { data } = viewer.scene.labels!;
        // Slice 2: label 1 in columns 5 … 9, hidden label 2 in columns 12 … 14; rows 5 … 9.
        for (let j = 5; j < 10; j++) {
          for (let i = 5; i < 10; i++) data[i + 20 * (j + 20 * 2)] = 1;
          for (let i = 12; i < 15; i++) data[i + 20 * (j + 20 * 2)] = 2;
        }
        viewer.labelsChanged([2]);
        await viewer.settled();
        return {
          inside: harness.pixel('axial', 150, 150),
          border: harness.pixel('axial', 100.5, 150),
          beside: harness.pixel('axial', 98, 150),
          hidden: harness.pixel('axial', 270, 150),
          below: harness.pixel('axial', 150, 300),
        };
      });
      const grey = [127, 127, 127];
      expect(near(seen.below, grey)).toBe(true);
      expect(near(seen.inside, [191, 64, 64])).toBe(true);
      expect(near(seen.border, [255, 0, 0])).toBe(true);
      expect(near(seen.beside, grey)).toBe(true);
      expect(near(seen.hidden, grey)).toBe(true);
      noProblems();
    });

    it('of another grid are refused', async () => {
      const refused = await page.evaluate(() => {
        try {
          harness.viewer!.setLabels({
            size: [2, 2, 2],
            spacing: [1, 1, 1],
            data: new Uint8Array(8),
          });
          return '';
        } catch (error) {
          return String(error);
        }
      });
      expect(refused).toContain('2 × 2 × 2');
    });

    it('a dab uploads its box alone, and changes pixels there alone', async () => {
      const seen = await page.evaluate(async () => {
        const viewer = harness.viewer!;
        const uploads: number[][] = [];
        const original = WebGL2RenderingContext.prototype.texSubImage2D;
        WebGL2RenderingContext.prototype.texSubImage2D = function (this: never, ...args: never[]) {
          uploads.push(args.slice(2, 6));
          return (original as (...all: never[]) => void).apply(this, args);
        } as typeof original;
        viewer.setTool(
          harness.brushTool({
            shape: 'disc',
            radius: () => 1.2,
            act: harness.paintAct(() => ({
              name: 'Brush',
              action: 'paint',
              rules: { value: 1, locked: new Set<number>(), overwrite: 'unlocked' },
            })),
          }),
        );
        const before = harness.pixels();
        const element = document.querySelector('#axial')!;
        const down = {
          pointerId: 1,
          clientX: 150,
          clientY: 210,
          button: 0,
          buttons: 1,
          bubbles: true,
        };
        element.setPointerCapture = () => undefined;
        element.dispatchEvent(new PointerEvent('pointerdown', down));
        await viewer.settled();
        WebGL2RenderingContext.prototype.texSubImage2D = original;
        const after = harness.pixels();
        const width = harness.canvas().width;
        const changed = { left: Infinity, right: -1, top: Infinity, bottom: -1 };
        for (let n = 0; n < after.length; n += 4) {
          if (before[n] === after[n] && before[n + 1] === after[n + 1]) continue;
          const [x, y] = [(n / 4) % width, harness.canvas().height - 1 - Math.floor(n / 4 / width)];
          // The axial viewport; the other planes cut the dab as well.
          if (x >= 400) continue;
          changed.left = Math.min(changed.left, x);
          changed.right = Math.max(changed.right, x);
          changed.top = Math.min(changed.top, y);
          changed.bottom = Math.max(changed.bottom, y);
        }
        element.dispatchEvent(new PointerEvent('pointerup', { ...down, buttons: 0 }));
        return { uploads, changed };
      });
      // Voxel (7, 10, 2) and its four neighbours, in the axial plane and where the coronal cuts them.
      expect(seen.uploads).toEqual([
        [6, 9, 3, 3],
        [6, 2, 3, 1],
      ]);
      expect(seen.changed).toEqual({ left: 120, right: 179, top: 180, bottom: 239 });
      noProblems();
    });
  });

  describe('strokes', () => {
    beforeEach(showGrey);

    const takeBrush = (locked: readonly number[] = []): Promise<void> =>
      page.evaluate((locked) => {
        harness.viewer!.setTool(
          harness.brushTool({
            shape: 'disc',
            radius: () => 1.2,
            act: harness.paintAct(() => ({
              name: 'Brush',
              action: 'paint',
              rules: { value: 1, locked: new Set(locked), overwrite: 'unlocked' },
            })),
          }),
        );
      }, locked);
    const isRed = async (x: number, y: number): Promise<boolean> =>
      page.evaluate(
        async ([x, y]) => {
          await harness.viewer!.settled();
          const [r, g] = harness.pixel('axial', x, y);
          return r! > g! + 40;
        },
        [x, y] as const,
      );
    const toldOf = (name: string): Promise<unknown[]> =>
      page.evaluate((name) => harness.told.filter(([n]) => n === name).map(([, d]) => d), name);
    const labelSum = (): Promise<number> =>
      page.evaluate(() => harness.viewer!.scene.labels!.data.reduce((sum, v) => sum + v, 0));

    it('are seen while they are made, and are one edit when the pointer is lifted', async () => {
      await takeBrush();
      await page.mouse.move(110, 110);
      await page.mouse.down();
      await page.mouse.move(290, 110, { steps: 6 });
      expect(await isRed(210, 110)).toBe(true);
      expect(await toldOf('edit')).toHaveLength(0);
      await page.mouse.up();
      const edits = (await toldOf('edit')) as Edit[];
      expect(edits).toHaveLength(1);
      expect(edits[0]!.name).toBe('Brush');
      // Nobody applied it: the labels are as they were, and so is the picture.
      expect(await labelSum()).toBe(0);
      expect(await isRed(210, 110)).toBe(false);
      // Its owner may apply it later.
      await page.evaluate(() => {
        const edit = harness.told.find(([name]) => name === 'edit')![1] as never;
        harness.edit.applyEdit(harness.viewer!.scene.labels!, edit);
        harness.viewer!.labelsChanged(harness.edit.touchedSlices(edit, [20, 20, 5]));
      });
      expect(await isRed(210, 110)).toBe(true);
      // From 5 to 14 with a radius of 1.2: three rows, the ends rounded.
      expect(await labelSum()).toBe(10 + 2 + 10 + 10);
      noProblems();
    });

    it('are taken back by Escape', async () => {
      await takeBrush();
      await page.mouse.move(110, 110);
      await page.mouse.down();
      await page.mouse.move(210, 110, { steps: 3 });
      expect(await isRed(150, 110)).toBe(true);
      await page.keyboard.press('Escape');
      expect(await isRed(150, 110)).toBe(false);
      await page.mouse.up();
      expect(await toldOf('edit')).toHaveLength(0);
      expect(await labelSum()).toBe(0);
    });

    it('on a locked label are refused in words and change nothing', async () => {
      await takeBrush([1]);
      await page.mouse.move(110, 110);
      await page.mouse.down();
      await page.mouse.up();
      expect(await toldOf('error')).toEqual([expect.objectContaining({ code: 'label-locked' })]);
      expect(await labelSum()).toBe(0);
    });

    it('of the lasso and of the polygon fill what they go round', async () => {
      await page.evaluate(() => {
        const act = harness.paintAct(() => ({
          name: 'Lasso',
          action: 'paint',
          rules: { value: 1, locked: new Set<number>(), overwrite: 'unlocked' },
        }));
        harness.viewer!.setTool(harness.outlineTool(act));
      });
      const corners = [
        [100, 100],
        [200, 100],
        [200, 200],
        [100, 200],
      ] as const;
      await page.mouse.move(100, 100);
      await page.mouse.down();
      for (const [x, y] of corners) await page.mouse.move(x, y, { steps: 4 });
      await page.mouse.up();
      for (const [x, y] of corners) {
        await page.mouse.move(x, y);
        await page.mouse.down();
        await page.mouse.up();
      }
      await page.keyboard.press('Enter');
      const edits = (await toldOf('edit')) as { lengths: Record<string, number> }[];
      const areas = edits.map(({ lengths }) => Object.values(lengths).reduce((a, b) => a + b, 0));
      expect(areas).toEqual([25, 25]);
    });

    it('of the flood fill what is connected and alike', async () => {
      await page.evaluate(() => {
        const viewer = harness.viewer!;
        const data = new Int16Array(2000).fill(100);
        for (let n = 0; n < 2000; n++) if (n % 20 === 10) data[n] = 500;
        const { size, affineLps } = viewer.scene.volume!.raster;
        viewer.setVolume({ grid: { size, affineLps: affineLps! }, data });
        viewer.setLabels({ size: [20, 20, 5], spacing: [1, 1, 2], data: new Uint8Array(2000) });
        const act = harness.paintAct(() => ({
          name: 'Fill',
          action: 'paint',
          rules: { value: 1, locked: new Set<number>(), overwrite: 'unlocked' },
        }));
        viewer.setTool(harness.floodTool({ tolerance: () => 10, extent: () => 'slice', act }));
      });
      await page.mouse.click(50, 50);
      const [edit] = (await toldOf('edit')) as { lengths: Record<string, number> }[];
      expect(Object.values(edit!.lengths).reduce((a, b) => a + b, 0)).toBe(10 * 20);
    });
  });

  describe('maps', () => {
    beforeEach(showGrey);

    it('doubt has the colours of its scale, from the threshold on, where it is known', async () => {
      const seen = await page.evaluate(async () => {
        const viewer = harness.viewer!;
        viewer.setLook({ heatmap: { opacity: 1, threshold: 0.2 * Math.LN2 }, interpolate: false });
        // Columns of rising doubt in slice 2; slice 3 has none.
        viewer.setMap(
          'uncertainty',
          2,
          Uint8Array.from({ length: 400 }, (_, n) => (n % 20) * 13),
        );
        await viewer.settled();
        const columns = Array.from({ length: 20 }, (_, i) =>
          harness.pixel('axial', 20 * i + 10, 200),
        );
        viewer.setPosition([10, 10, 3]);
        await viewer.settled();
        const other = harness.pixel('axial', 390, 200);
        viewer.setPosition([10, 10, 2]);
        viewer.setMap('uncertainty', 2, null);
        await viewer.settled();
        return { columns, other, cleared: harness.pixel('axial', 390, 200) };
      });
      expect(near(seen.columns[2]!, [127, 127, 127])).toBe(true); // 26 / 255 is below.
      for (const i of [8, 12, 19]) {
        expect([i, near(seen.columns[i]!, inferno((i * 13) / 255), 1.5)]).toEqual([i, true]);
      }
      expect(near(seen.other, [127, 127, 127])).toBe(true);
      expect(near(seen.cleared, [127, 127, 127])).toBe(true);
      noProblems();
    });

    it('what is suggested is hatched and bordered where no label is', async () => {
      const seen = await page.evaluate(async () => {
        const viewer = harness.viewer!;
        viewer.setLabelStyles([
          {
            value: 1,
            colour: '#0000ff',
            visible: true,
            fill: 1,
            outline: 0,
            suggested: { fill: 1, outline: 1 },
          },
        ]);
        // From column 10 on; a label in the lower half, which keeps its place.
        viewer.setMap(
          'suggested',
          2,
          Uint8Array.from({ length: 400 }, (_, n) => +(n % 20 >= 10)),
        );
        viewer.scene.labels!.data.fill(1, 400 * 2 + 200, 400 * 3);
        viewer.labelsChanged();
        await viewer.settled();
        const across = Array.from({ length: 16 }, (_, n) => harness.pixel('axial', 300 + n, 100));
        return {
          outside: harness.pixel('axial', 150, 100),
          border: harness.pixel('axial', 200.5, 100),
          across,
          labelled: harness.pixel('axial', 300, 300),
        };
      });
      const blue = [0, 0, 255];
      expect(near(seen.outside, [127, 127, 127])).toBe(true);
      expect(near(seen.border, blue)).toBe(true);
      expect(near(seen.labelled, blue)).toBe(true);
      // Stripes, and the image seen between them.
      const stripes = seen.across.filter((pixel) => near(pixel, blue)).length;
      expect(stripes).toBeGreaterThan(3);
      expect(stripes).toBeLessThan(13);
      expect(seen.across.some((pixel) => near(pixel, [83, 83, 172]))).toBe(true);
      noProblems();
    });

    it('and labels are read out under the pointer', async () => {
      await page.evaluate(async () => {
        const viewer = harness.viewer!;
        viewer.scene.labels!.data[7 + 20 * (10 + 20 * 2)] = 1;
        viewer.setMap('suggested', 2, new Uint8Array(400).fill(3));
        await viewer.settled();
        harness.told = [];
      });
      await page.mouse.move(145, 215);
      const told = await page.evaluate(
        () => harness.told.findLast(([name]) => name === 'cursor')![1],
      );
      expect(told).toEqual({
        plane: 'axial',
        slice: 2,
        voxel: [7, 10, 2],
        world: [6.75, 10.25, 4],
        value: 100,
        label: 1,
        // Where a label is, nothing else is suggested.
        suggested: 0,
        uncertainty: null,
      });
    });

    it('and are read again where the pointer rests when they change', async () => {
      await page.mouse.move(145, 215);
      /** What was told last, after the page has drawn a change. */
      const toldAfter = (change: string): Promise<unknown> =>
        page.evaluate(async (change) => {
          harness.told = [];
          new Function('viewer', change)(harness.viewer);
          await harness.viewer!.settled();
          return harness.told.findLast(([name]) => name === 'cursor')?.[1];
        }, change);
      expect(await toldAfter('viewer.setPosition([7, 10, 3])')).toMatchObject({
        voxel: [7, 10, 3],
      });
      expect(
        await toldAfter(
          'viewer.scene.labels.data[7 + 20 * (10 + 20 * 3)] = 2; viewer.labelsChanged([3])',
        ),
      ).toMatchObject({ label: 2 });
      expect(
        await toldAfter(
          'viewer.scene.labels.data.fill(0); viewer.labelsChanged(); viewer.setMap("suggested", 3, new Uint8Array(400).fill(9))',
        ),
      ).toMatchObject({ label: 0, suggested: 9 });
      expect(await toldAfter('viewer.setMap("suggested", 3, null)')).toMatchObject({
        suggested: 0,
      });
    });
  });

  describe('the pointer', () => {
    beforeEach(showGrey);
    const positionNow = (): Promise<readonly number[]> =>
      page.evaluate(() => harness.viewer!.scene.position);

    it('moves all planes with the crosshair', async () => {
      await page.evaluate(() => harness.viewer!.setTool(harness.crosshairTool));
      await page.mouse.click(150, 310);
      expect(await positionNow()).toEqual([7, 15, 2]);
      const slices = await page.evaluate(() =>
        (['axial', 'sagittal', 'coronal'] as const).map((plane) => harness.viewports[plane].slice),
      );
      expect(slices).toEqual([2, 7, 15]);
      // In the coronal plane rows run to the feet: 5 slices of 2 mm at 12 CSS pixels a mm.
      await page.mouse.click(400 + 120, 200 + 100 - 48);
      expect(await positionNow()).toEqual([10, 15, 4]);
    });

    it('scrolls by notches, zooms at the cursor, drags the window', async () => {
      await page.mouse.move(150, 310);
      await page.mouse.wheel(0, 120);
      await page.waitForFunction(() => harness.viewports.axial.slice === 3);
      await page.mouse.wheel(0, -1200);
      await page.waitForFunction(() => harness.viewports.axial.slice === 0);
      await page.keyboard.down('Control');
      await page.mouse.wheel(0, -120);
      await page.keyboard.up('Control');
      await page.waitForFunction(() => harness.viewports.axial.scale > 20);
      await page.mouse.move(151, 310);
      const readout = await page.evaluate(
        () => harness.told.findLast(([name]) => name === 'cursor')![1],
      );
      expect((readout as { voxel: number[] }).voxel).toEqual([7, 15, 0]);
      await page.mouse.down({ button: 'right' });
      await page.mouse.move(151 + 60, 310 + 40, { steps: 3 });
      await page.mouse.up({ button: 'right' });
      const window = await page.evaluate(() => harness.viewer!.scene.look.window);
      expect(window).toEqual({ centre: 121, width: Math.round(201 * Math.exp(0.3)) });
    });

    it('measures distances in mm, which can be moved and taken away', async () => {
      await page.evaluate(() => harness.viewer!.setTool(harness.measureTool));
      const lengths = (): Promise<readonly unknown[]> =>
        page.evaluate(() => harness.viewer!.scene.measurements.map((m) => m.to));
      await page.mouse.move(110, 110);
      await page.mouse.down();
      await page.mouse.move(170, 190, { steps: 2 });
      await page.mouse.up();
      expect(await lengths()).toEqual([[8, 9, 2]]);
      await page.mouse.move(170, 190);
      await page.mouse.down();
      await page.mouse.move(210, 190, { steps: 2 });
      await page.mouse.up();
      expect(await lengths()).toEqual([[10, 9, 2]]);
      await page.keyboard.press('Backspace');
      expect(await lengths()).toEqual([]);
    });
  });

  it('a lost device is told, and everything is as it was when it is back', async () => {
    await showGrey();
    const same = await page.evaluate(async () => {
      const viewer = harness.viewer!;
      const { data } = viewer.scene.labels!;
      for (let n = 0; n < 900; n++) data[n] = 1;
      viewer.labelsChanged();
      viewer.setLook({
        heatmap: { opacity: 0.7, threshold: 0 },
      });
      viewer.setMap(
        'uncertainty',
        2,
        Uint8Array.from({ length: 400 }, (_, n) => n % 256),
      );
      viewer.setMap(
        'suggested',
        2,
        Uint8Array.from({ length: 400 }, (_, n) => +(n % 20 > 10)),
      );
      await viewer.settled();
      const before = harness.pixels().join();
      const gl = harness.canvas().getContext('webgl2')!;
      const lose = gl.getExtension('WEBGL_lose_context')!;
      const heard = (event: string): Promise<unknown> =>
        new Promise((resolve) => harness.canvas().addEventListener(event, resolve, { once: true }));
      const lost = heard('webglcontextlost');
      lose.loseContext();
      await lost;
      // It may be restored once everybody was told.
      await new Promise(requestAnimationFrame);
      // What changes meanwhile is not lost.
      data[10 + 20 * (10 + 20 * 2)] = 1;
      viewer.labelsChanged([2]);
      const restored = heard('webglcontextrestored');
      lose.restoreContext();
      await restored;
      await viewer.settled();
      const changed = harness.pixels().join() !== before;
      data[10 + 20 * (10 + 20 * 2)] = 0;
      viewer.labelsChanged([2]);
      await viewer.settled();
      return {
        changed,
        same: harness.pixels().join() === before,
        blank: new Set(before.split(',')).size < 20,
      };
    });
    expect(same).toEqual({ changed: true, same: true, blank: false });
    const told = await page.evaluate(() => harness.told.filter(([name]) => name === 'device'));
    expect(told.map(([, state]) => state)).toEqual(['lost', 'restored']);
  });

  it('without WebGL 2 says so', async () => {
    const error = await page.evaluate(() => {
      const original = HTMLCanvasElement.prototype.getContext;
      HTMLCanvasElement.prototype.getContext = () => null;
      try {
        harness.start();
        return null;
      } catch (thrown) {
        const { code, hint } = thrown as { code: string; hint: string };
        return { code, hint };
      } finally {
        HTMLCanvasElement.prototype.getContext = original;
      }
    });
    expect(error?.code).toBe('no-webgl2');
    expect(error?.hint).toContain('driver');
  });

  it('a screenshot has the size of the viewport and shows picture and marks', async () => {
    await showGrey();
    const shot = await page.evaluate(async () => {
      const blob = await harness.viewports.sagittal.screenshot();
      const image = await createImageBitmap(blob);
      const context = new OffscreenCanvas(image.width, image.height).getContext('2d')!;
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, image.width, image.height);
      const colours = new Set<string>();
      for (let n = 0; n < data.length; n += 4) colours.add(data.subarray(n, n + 3).join());
      return {
        width: image.width,
        height: image.height,
        grey: colours.has('127,127,127') || colours.has('128,128,128'),
        colours: colours.size,
      };
    });
    expect(shot).toMatchObject({ width: 240, height: 200, grey: true });
    expect(shot.colours).toBeGreaterThan(10);
  });

  it('plays slices round and round until it is stopped', async () => {
    await showGrey();
    // From here on time passes as the test says.
    await page.clock.install();
    await page.clock.pauseAt(new Date(Date.now() + 3_600_000));
    await page.evaluate(() => harness.viewports.axial.play(50));
    await page.clock.runFor(200);
    const shown = await page.evaluate(() =>
      harness.told.filter(([name]) => name === 'position').map(([, v]) => (v as number[])[2]),
    );
    expect(new Set(shown).size).toBe(5);
    const told = await page.evaluate(() => {
      harness.viewports.axial.stop();
      return harness.told.length;
    });
    await page.clock.runFor(60_000);
    expect(await page.evaluate(() => harness.told.length)).toBe(told);
  });
});
