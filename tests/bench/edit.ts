/** npx tsx tests/bench/edit.ts: milliseconds of painting on slices of 512 × 512. */
import {
  acceptSuggestion,
  applyEdit,
  ballStroke,
  discStroke,
  grow,
  invertEdit,
  paint,
  smooth,
  type Edit,
  type EditRules,
  type LabelVolume,
  type Plane,
} from '../../src/shared/edit/index.ts';

const volume: LabelVolume = {
  size: [512, 512, 60],
  spacing: [0.7, 0.7, 1.25],
  data: new Uint8Array(512 * 512 * 60),
};
const rules: EditRules = { value: 1, locked: new Set([3]), overwrite: 'unlocked' };
const plane: Plane = { axis: 2, index: 30 };
const all = new Uint8Array(512 * 512).fill(1);

function bench(name: string, makeEdit: (n: number) => Edit, runs = 200): void {
  const times: number[] = [];
  for (let n = 0; n < runs + 20; n++) {
    const start = performance.now();
    const edit = makeEdit(n);
    applyEdit(volume, edit);
    // The first ones warm the compiler up.
    if (n >= 20) times.push(performance.now() - start);
    applyEdit(volume, invertEdit(edit));
  }
  times.sort((a, b) => a - b);
  const at = (share: number): string => times[Math.floor(share * (runs - 1))]!.toFixed(3);
  console.log(`${name.padEnd(32)} median ${at(0.5)} ms, p95 ${at(0.95)} ms`);
}

for (const axis of [2, 1, 0] as const) {
  const v = axis === 2 ? 250 : 30;
  bench(`dab of 20 mm radius, axis ${axis}`, (n) =>
    paint(
      volume,
      discStroke(volume, { axis, index: 30 }, [{ at: [200 + (n % 99), v] }], 20),
      rules,
      '',
    ),
  );
}
bench('piece of a stroke, 20 mm', (n) =>
  paint(
    volume,
    discStroke(volume, plane, [{ at: [200 + (n % 99), 250] }, { at: [212, 258] }], 20),
    rules,
    '',
  ),
);
bench('ball of 20 mm radius', (n) =>
  paint(volume, ballStroke(volume, [{ at: [200 + (n % 99), 250, 30] }], 20), rules, ''),
);
bench('accept a whole slice', () => acceptSuggestion(volume, plane, all, rules, ''), 50);
applyEdit(volume, paint(volume, discStroke(volume, plane, [{ at: [250, 250] }], 60), rules, ''));
bench('grow an organ of 60 mm by 3 mm', () => grow(volume, plane, 3, rules, ''), 50);
bench('smooth it within 2 mm', () => smooth(volume, plane, 2, rules, ''), 50);
