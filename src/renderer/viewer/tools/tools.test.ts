import { describe, expect, it } from 'vitest';
import { applyEdit, type Edit } from '../../../shared/edit/index.ts';
import type { Point } from '../camera.ts';
import { paintAct, type PaintSettings } from './act.ts';
import { brushTool } from './brush.ts';
import { eventAt, fakeContext, view, type FakeContext } from './fake-context.ts';
import { floodTool } from './flood.ts';
import { measureTool } from './measure.ts';
import { crosshairTool, draggedWindow, panTool, windowTool, zoomTool } from './navigate.ts';
import { outlineTool } from './outline.ts';
import type { Tool } from './tool.ts';

const settings =
  (more: Partial<PaintSettings> = {}): (() => PaintSettings) =>
  () => ({
    name: 'Paint',
    action: 'paint',
    rules: { value: 1, locked: new Set(), overwrite: 'unlocked' },
    ...more,
  });

/** Voxels of an edit that get a label. */
const sizeOf = (edit: Edit | undefined): number => edit?.lengths.reduce((a, b) => a + b, 0) ?? 0;

/** Clicks one after another; pairs within 350 ms of each other are double clicks. */
function click(tool: Tool, context: FakeContext, at: Point, time: number): void {
  tool.begin(eventAt([at], { time }), context)?.end();
}

describe('the brush', () => {
  const brush = brushTool({ shape: 'disc', radius: () => 1, act: paintAct(settings()) });

  it('shows its stroke piece by piece, and gives one edit and the labels back in the end', () => {
    const context = fakeContext();
    const stroke = brush.begin(eventAt([[55, 55]]), context)!;
    expect(context.labels.data.reduce((a, b) => a + b)).toBe(5);
    stroke.move(
      eventAt([
        [85, 55],
        [105, 55],
      ]),
    );
    expect(context.labels.data.reduce((a, b) => a + b)).toBe(5 + 3 * 5);
    stroke.end();
    expect(context.labels.data.includes(1)).toBe(false);
    expect(context.edits.map(sizeOf)).toEqual([20]);
    applyEdit(context.labels, context.edits[0]!);
    expect(context.labels.data[10 + 20 * (5 + 20 * 1)]).toBe(1);
  });

  it('leaves nothing behind when it is cancelled', () => {
    const context = fakeContext();
    brush.begin(eventAt([[55, 55]]), context)!.cancel();
    expect(context.labels.data.includes(1)).toBe(false);
    expect(context.edits).toEqual([]);
  });

  it('goes on over labels that were read anew during it, without taking what is locked there', () => {
    const context = fakeContext();
    const locking = (): PaintSettings => ({
      ...settings()(),
      rules: { value: 1, locked: new Set([7]), overwrite: 'unlocked' },
    });
    const stroke = brushTool({ shape: 'disc', radius: () => 0.4, act: paintAct(locking) }).begin(
      eventAt([[25, 55]]),
      context,
    )!;
    stroke.move(eventAt([[65, 55]]));
    const before = context.labels;
    // Voxel 4 was locked elsewhere; what the stroke goes over was another label.
    const fresh = { ...before, data: before.data.map(() => 3) };
    const row = 20 * (5 + 20);
    fresh.data[row + 4] = 7;
    context.setLabels(fresh);
    expect(before.data.includes(1)).toBe(false);
    expect([...fresh.data.subarray(row + 1, row + 8)]).toEqual([3, 1, 1, 7, 1, 1, 3]);
    stroke.move(eventAt([[85, 55]]));
    stroke.end();
    expect(fresh.data.filter((v) => v !== 3)).toEqual(Uint8Array.of(7));
    expect(context.edits).toHaveLength(1);
    applyEdit(fresh, context.edits[0]!);
    expect([...fresh.data.subarray(row + 1, row + 10)]).toEqual([3, 1, 1, 7, 1, 1, 1, 1, 3]);
    expect(context.lost).toEqual([]);
  });

  it('is not seen by what is done with the labels during it, and lies over that afterwards', () => {
    const context = fakeContext();
    const stroke = brush.begin(eventAt([[55, 55]]), context)!;
    const seen = context.withoutStroke(() => {
      const sum = context.labels.data.reduce((a, b) => a + b);
      context.labels.data.fill(1, 400, 800);
      return sum;
    });
    expect(seen).toBe(0);
    stroke.move(eventAt([[75, 55]]));
    stroke.end();
    // All of slice 1 has the label already.
    expect(context.edits).toEqual([]);
    expect(context.labels.data.reduce((a, b) => a + b)).toBe(400);
  });

  it('that may not be made on the new labels is told, and leaves them as they are', () => {
    const context = fakeContext();
    let locked = new Set<number>();
    const act = paintAct(() => ({
      ...settings()(),
      rules: { value: 1, locked, overwrite: 'unlocked' },
    }));
    const stroke = brushTool({ shape: 'disc', radius: () => 1, act }).begin(
      eventAt([[55, 55]]),
      context,
    )!;
    locked = new Set([1]);
    context.setLabels({ ...context.labels, data: new Uint8Array(1200) });
    expect(context.lost).toEqual([expect.objectContaining({ code: 'label-locked' })]);
    stroke.cancel();
    expect(context.labels.data.includes(1)).toBe(false);
    // The next one is not in its way.
    locked = new Set();
    brush.begin(eventAt([[55, 55]]), context)!.end();
    expect(context.edits.map(sizeOf)).toEqual([5]);
  });

  it('of a second hand waits until the first is lifted', () => {
    const context = fakeContext();
    const first = brush.begin(eventAt([[55, 55]]), context)!;
    const second = brush.begin(eventAt([[55, 75]]), context)!;
    first.end();
    second.end();
    expect(context.edits.map(sizeOf)).toEqual([5]);
    expect(context.labels.data.includes(1)).toBe(false);
  });

  it('that changes nothing is no edit', () => {
    const context = fakeContext();
    brush.begin(eventAt([[-90, 55]]), context)!.end();
    expect(context.edits).toEqual([]);
  });

  it('turned round erases, and so does the eraser', () => {
    const context = fakeContext();
    context.labels.data.fill(1);
    brush.begin(eventAt([[55, 55]], { erase: true }), context)!.end();
    const eraser = paintAct(settings({ action: 'erase', name: 'Erase' }));
    brushTool({ shape: 'disc', radius: () => 1, act: eraser })
      .begin(eventAt([[55, 55]]), context)!
      .end();
    expect(context.edits.map(sizeOf)).toEqual([5, 5]);
    expect(context.edits.map(({ after }) => after[0])).toEqual([0, 0]);
    expect(context.edits.map(({ name }) => name)).toEqual(['Eraser', 'Erase']);
  });

  it('with a range paints values within it alone', () => {
    const context = fakeContext(Int16Array.from({ length: 1200 }, (_, n) => n % 20));
    const act = paintAct(settings({ range: [5, 20] }));
    brushTool({ shape: 'disc', radius: () => 1, act })
      .begin(eventAt([[55, 55]]), context)!
      .end();
    // Columns 4, 5 and 6 of the disc have the values 4, 5 and 6.
    expect(context.edits.map(sizeOf)).toEqual([4]);
  });

  it('in space paints other slices too; pressure makes it smaller', () => {
    const context = fakeContext();
    const ball = brushTool({ shape: 'ball', radius: () => 1, act: paintAct(settings()) });
    ball.begin(eventAt([[55, 55]]), context)!.end();
    const event = eventAt([[55, 55]]);
    ball.begin({ ...event, points: [{ ...event.points[0], pressure: 0.4 }] }, context)!.end();
    expect(context.edits.map(sizeOf)).toEqual([7, 1]);
  });

  it('is shown as large as it paints', () => {
    const [ring] = brush.shapes!(view, 1, eventAt([[55, 60]]).points[0]);
    expect(ring).toMatchObject({ kind: 'circle', centre: [55, 60], radius: 10 });
    expect(brush.shapes!(view, 1, undefined)).toEqual([]);
  });
});

describe('the outline', () => {
  const corners: readonly Point[] = [
    [50, 50],
    [100, 50],
    [100, 100],
    [50, 100],
  ];
  const make = (): Tool => outlineTool(paintAct(settings()));

  it('drawn freely is closed where the pointer is lifted', () => {
    const context = fakeContext();
    const stroke = make().begin(eventAt([[50, 50]]), context)!;
    stroke.move(eventAt(corners));
    expect(context.edits).toEqual([]);
    stroke.end();
    expect(context.edits.map(sizeOf)).toEqual([25]);
    expect(context.labels.data.includes(1)).toBe(false);
  });

  it.each([
    ['Enter', (tool: Tool, context: FakeContext) => void tool.key!('Enter', context)],
    ['a double click', (tool: Tool, context: FakeContext) => click(tool, context, [51, 100], 3300)],
    [
      'its first corner',
      (tool: Tool, context: FakeContext) => click(tool, context, [54, 47], 9000),
    ],
  ])('of corners is closed by %s', (_, close) => {
    const context = fakeContext();
    const tool = make();
    corners.forEach((corner, n) => click(tool, context, corner, 1000 * n));
    expect(context.edits).toEqual([]);
    close(tool, context);
    expect(context.edits.map(sizeOf)).toEqual([25]);
    expect(tool.shapes!(view, 1, undefined)).toEqual([]);
  });

  it('loses its last corner by Backspace, all by Escape, and does not take other keys', () => {
    const context = fakeContext();
    const tool = make();
    expect(tool.key!('Backspace', context)).toBe(false);
    corners.forEach((corner, n) => click(tool, context, corner, 1000 * n));
    click(tool, context, [180, 180], 9000);
    expect(tool.key!('Backspace', context)).toBe(true);
    expect(tool.key!('q', context)).toBe(false);
    tool.key!('Enter', context);
    expect(context.edits.map(sizeOf)).toEqual([25]);
    corners.forEach((corner, n) => click(tool, context, corner, 20_000 + 1000 * n));
    tool.key!('Escape', context);
    tool.key!('Enter', context);
    expect(context.edits).toHaveLength(1);
  });

  it('of fewer than three corners, or left for another slice, is nothing', () => {
    const context = fakeContext();
    const tool = make();
    click(tool, context, [50, 50], 0);
    click(tool, context, [100, 50], 1000);
    expect(tool.shapes!(view, 2, undefined)).toEqual([]);
    tool.key!('Enter', context);
    click(tool, context, [50, 50], 5000);
    click(tool, context, [100, 50], 6000);
    tool.begin(eventAt([[100, 100]], { slice: 2, time: 7000 }), context)!.end();
    tool.key!('Enter', context);
    tool.leave!();
    expect(context.edits).toEqual([]);
  });
});

it('the flood fills what is alike, in the slice or in space', () => {
  const image = Int16Array.from({ length: 1200 }, (_, n) => (n % 20 < 8 ? 50 : 100));
  for (const [extent, size] of [
    ['slice', 8 * 20],
    ['volume', 8 * 20 * 3],
  ] as const) {
    const context = fakeContext(image);
    const tool = floodTool({
      tolerance: () => 10,
      extent: () => extent,
      act: paintAct(settings()),
    });
    expect(tool.begin(eventAt([[55, 55]]), context)).toBeUndefined();
    tool.begin(eventAt([[555, 55]]), context);
    expect(context.edits.map(sizeOf)).toEqual([size]);
  }
});

describe('measurements', () => {
  it('are dragged, moved by an end, taken away; a click makes none', () => {
    const context = fakeContext();
    const ends = (): unknown => context.scene().measurements.map(({ from, to }) => [from, to]);
    const first = measureTool.begin(eventAt([[5, 5]]), context)!;
    first.move(eventAt([[35, 45]]));
    first.end();
    expect(ends()).toEqual([
      [
        [0, 0, 1],
        [3, 4, 1],
      ],
    ]);
    const second = measureTool.begin(eventAt([[7, 4]]), context)!;
    second.move(eventAt([[25, 5]]));
    second.end();
    expect(ends()).toEqual([
      [
        [2, 0, 1],
        [3, 4, 1],
      ],
    ]);
    const slip = measureTool.begin(eventAt([[150, 150]]), context)!;
    slip.move(eventAt([[152, 150]]));
    slip.end();
    expect(context.scene().measurements).toHaveLength(1);
    measureTool.begin(eventAt([[150, 150]]), context)!.cancel();
    expect(measureTool.key!('Delete', context)).toBe(true);
    expect(ends()).toEqual([]);
    expect(measureTool.key!('Delete', context)).toBe(false);
  });
});

describe('navigation', () => {
  it('the window is wider to the right, darker downwards, whole numbers for whole values', () => {
    const start = { centre: 40, width: 400 };
    expect(draggedWindow(start, [0, 0], true)).toEqual(start);
    expect(draggedWindow(start, [100, 30], true)).toEqual({ centre: 70, width: 659 });
    expect(draggedWindow(start, [-9999, 0], true).width).toBe(1);
    expect(draggedWindow({ centre: 0.5, width: 0.2 }, [0, 40], false).centre).toBeCloseTo(0.52);
  });

  it('drags count from where the pointer went down, and are taken back', () => {
    const context = fakeContext();
    const { camera } = view;
    const panned = panTool.begin(eventAt([[50, 50]]), context)!;
    panned.move(eventAt([[60, 50]]));
    panned.move(eventAt([[70, 30]]));
    expect(context.set.camera).toEqual({
      ...camera,
      centre: [camera.centre[0] - 2, camera.centre[1] + 2],
    });
    panned.cancel();
    expect(context.set.camera).toEqual(camera);
    const zoomed = zoomTool.begin(eventAt([[50, 150]]), context)!;
    zoomed.move(eventAt([[50, 75]]));
    expect((context.set.camera as typeof camera).scale).toBeCloseTo(10 * Math.exp(0.5));
    const dragged = windowTool.begin(eventAt([[50, 50]]), context)!;
    dragged.move(eventAt([[50, 60]]));
    expect(context.set.window).toEqual({ centre: 50, width: 400 });
    dragged.cancel();
    expect(context.set.window).toEqual({ centre: 40, width: 400 });
  });

  it('the crosshair goes to voxels and stays in the volume', () => {
    const context = fakeContext();
    const dragged = crosshairTool.begin(eventAt([[55, 65]]), context)!;
    expect(context.set.position).toEqual([5, 6, 1]);
    dragged.move(eventAt([[500, 65]]));
    expect(context.set.position).toEqual([5, 6, 1]);
    dragged.cancel();
    expect(context.set.position).toEqual([10, 10, 1]);
  });
});
