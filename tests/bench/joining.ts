import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bundle } from '../../src/main/engine/bundle/bundle.ts';
import { createJoining } from '../../src/main/services/suggest/joining.ts';
import { keyOf, type Recipe } from '../../src/main/services/suggest/recipe.ts';
import { rasterOfGrid } from '../../src/shared/image/index.ts';
import { sliceView } from '../../src/main/services/cases/slice-view.ts';
import type { OpenVolume } from '../../src/main/services/cases/volumes.ts';
import { openWorkspace } from '../../src/main/workspace/index.ts';

/**
 * What it costs to ask for the joined suggestion of a slice of a long series that is known already.
 * `npx tsx tests/bench/joining.ts [slices] [decided] [size]`
 */
const [slices = 400, decided = 80, size = 256] = process.argv.slice(2).map(Number);
const TIMES = 40;
const grid = {
  size: [size, size, slices],
  affineLps: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1],
} as const;
const pixels = size * size;
const folder = mkdtempSync(join(tmpdir(), 'marginalia-bench-'));
const workspace = openWorkspace(folder, { user: 'bench' });
const stack = 'series';
workspace.series.open({
  stack,
  seriesInstanceUid: stack,
  description: '',
  modality: 'CT',
  size: grid.size,
  files: [],
});
const label = workspace.labels.create(stack, {
  name: 'oval',
  colour: '#ffffff',
  prompt: 'oval',
  visible: true,
  locked: false,
  term: null,
});
const oval = (k: number, grow: number): Uint8Array =>
  Uint8Array.from({ length: pixels }, (_, i) => {
    const [x, y] = [(i % size) - size / 2 - 20 * Math.sin(k / 40), Math.floor(i / size) - size / 2];
    return Math.hypot(x, 1.3 * y) < size / 6 + grow ? 1 : 0;
  });
const data = Int16Array.from({ length: pixels * slices }, (_, n) => (n * 7919) % 97);
const volume = {
  stack: { id: stack },
  image: { grid, data },
  raster: rasterOfGrid(grid),
  view: () => sliceView(rasterOfGrid(grid)),
} as unknown as OpenVolume;
const recipe: Recipe = {
  bundle: { hash: 'bench' } as unknown as Bundle,
  window: { centre: 40, width: 400 },
  samples: 0,
  seed: 0,
  tolerance: 0,
  temperature: null,
  propagate: true,
  planes: ['acquired'],
};

const zeros = new Uint8Array(pixels);
for (let index = 0; index < slices; index++) {
  const probability = oval(index, 3).map((v) => 40 + 170 * v);
  const suggestion = {
    label: label.id,
    index,
    samplesUsed: 0,
    score: 1,
    doubt: 0.1,
    probability,
    total: zeros,
    aleatoric: zeros,
    epistemic: zeros,
  };
  workspace.suggestions.put(stack, [{ key: keyOf(recipe, label), suggestion }]);
}
const step = Math.floor(slices / decided);
for (let n = 0; n < decided; n++) {
  const painted = { index: n * step, labels: oval(n * step, 0), review: 'corrected' } as const;
  workspace.journal.record(stack, { name: 'Brush', actor: 'human', slices: [painted] });
}

const joining = createJoining(workspace);
async function time(name: string, used: Recipe, between = (): void => undefined): Promise<void> {
  await joining.get(volume, used, label, 1);
  let spent = 0;
  for (let n = 0; n < TIMES; n++) {
    between();
    const begin = performance.now();
    await joining.get(volume, used, label, 1);
    spent += performance.now() - begin;
  }
  console.log(`a slice, ${name}: ${(spent / TIMES).toFixed(2)} ms`);
}
await time('the model alone', { ...recipe, propagate: false });
await time('joined', recipe);
await time('joined, after a write', recipe, () => workspace.settings.change({ bench: 1 }));
await joining.close();
workspace.close();
rmSync(folder, { recursive: true });
