import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openWorkspace } from '../../src/main/workspace/index.ts';
import { keyedState, nextInt32 } from '../../src/shared/random.ts';
import { everything, ID, LIVER, newFolder, STACK } from './stack.ts';

describe('a disk that is full', () => {
  it('refuses the edit that has no room and keeps all before it; with room it goes on', (context) => {
    const disk = newFolder();
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
    if (mounted.status !== 0) context.skip('needs the right to mount a small tmpfs');
    try {
      const folder = join(disk, 'workspace');
      const ballast = join(disk, 'ballast');
      const workspace = openWorkspace(folder);
      workspace.series.open(STACK);
      for (let n = 0; n < 3; n++) workspace.labels.create(ID, LIVER);
      writeFileSync(ballast, Buffer.alloc(statfsSync(disk).bavail * 4096 - 200_000));

      const noise = keyedState('full');
      const noisy = (): Uint8Array =>
        new Uint8Array(16 * 8).map(() => (nextInt32(noise) >>> 0) % 4);
      const paint = (index: number): unknown =>
        workspace.journal.record(ID, {
          name: 'Brush',
          actor: 'human',
          slices: [{ index, labels: noisy(), review: 'corrected' }],
        });
      let kept = everything(workspace);
      let edits = 0;
      const untilFull = (): void => {
        for (; edits < 1000; edits++) {
          paint(edits % 5);
          kept = everything(workspace);
        }
      };
      const full = expect.objectContaining({
        code: 'workspace-not-writable',
        hint: expect.stringContaining('room') as string,
      }) as Error;
      expect(untilFull).toThrow(full);
      expect(edits).toBeGreaterThan(2);
      expect(() => paint(0)).toThrow(full);
      expect(everything(workspace)).toEqual(kept);
      expect(workspace.journal.names(ID).undo).toHaveLength(edits);

      rmSync(ballast);
      paint(1);
      kept = everything(workspace);
      workspace.close();
      const again = openWorkspace(folder);
      expect(again.recovery).toBeUndefined();
      expect(everything(again)).toEqual(kept);
      expect(again.journal.names(ID).undo).toHaveLength(edits + 1);
      again.close();
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});
