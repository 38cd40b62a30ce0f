/**
 * Memory that the import of a checkpoint of the published size takes, for each backbone: peak of the
 * resident set of a process that does nothing else, as a multiple of the file. The checkpoint is made
 * up, in a temporary folder that is removed afterwards (needs twice its size on the disk); its
 * architecture is read from its tensors.
 *
 *   npx tsx tests/bench/import-memory.ts
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { openBundle } from '../../src/main/engine/bundle/bundle.ts';
import type { Architecture } from '../../src/main/engine/medclipseg/config.ts';
import { tensorShapes } from '../../src/main/engine/medclipseg/shapes.ts';
import { checkpointMembers, rowMajor, writeZip } from '../bundle/write-checkpoint.ts';
import { describeMachine } from './machine.ts';
import { CLIP_SIZE, FULL_SIZE } from './model-files.ts';

const MOST = 0.75;

/** Writes a checkpoint as torch.save does, a storage for each tensor, one at a time in memory. */
function writeCheckpoint(path: string, a: Architecture): void {
  const tensors = [...tensorShapes(a)].map(([name, shape], n) => ({
    ...{ name, shape, storage: `${n}`, offset: 0, strides: rowMajor(shape) },
    elements: shape.reduce((count, d) => count * d, 1),
  }));
  const storages = new Map(
    tensors.map(({ storage, elements }, n) => [
      storage,
      {
        ...{ type: 'Float' as const, elements },
        bytes: () => new Uint8Array(new Float32Array(elements).fill(n).buffer),
      },
    ]),
  );
  writeZip(path, checkpointMembers({ tensors, storages, under: 'model' }));
}

/** Imports in a process of its own, without a config, and gives the peak of its resident set in bytes. */
function peakOfImport(folder: string): number {
  const module = resolve(import.meta.dirname, '../../src/main/engine/bundle/import-checkpoint.ts');
  const script = `
    import { importCheckpoint } from ${JSON.stringify(module)};
    await importCheckpoint({ checkpoint: 'model.pth', out: 'out' });
    console.log(process.resourceUsage().maxRSS);`;
  const loader = import.meta.resolve('tsx');
  const args = ['--import', loader, '--input-type=module', '-e', script];
  return 1024 * Number(execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8' }));
}

const CLIP = { ...CLIP_SIZE, patch: 16 };
const MODELS: readonly (readonly [string, Architecture])[] = [
  ['UniMedCLIP ViT-B/16', FULL_SIZE],
  ['CLIP ViT-B/16', CLIP],
  ['PubMedCLIP ViT-B/32', { ...CLIP, patch: 32 }],
  ['BiomedCLIP ViT-B/16', { ...FULL_SIZE, backbone: 'biomedclip' }],
];

console.log(describeMachine());
for (const [name, architecture] of MODELS) {
  const folder = mkdtempSync(join(tmpdir(), 'marginalia-import-memory-'));
  try {
    const checkpoint = join(folder, 'model.pth');
    writeCheckpoint(checkpoint, architecture);
    const bytes = statSync(checkpoint).size;
    const begin = performance.now();
    const peak = peakOfImport(folder);
    const seconds = (performance.now() - begin) / 1000;
    const read = (await openBundle(join(folder, 'out'))).architecture;
    const isRead = isDeepStrictEqual(read, architecture);
    const times = peak / bytes;
    console.log(
      `${name.padEnd(20)} ${(bytes / 1e6).toFixed(0)} MB, imported in ${seconds.toFixed(1)} s; peak RSS ${(peak / 1e6).toFixed(0)} MB, ${times.toFixed(2)} × the file (at most ${MOST})${isRead ? '' : '; ANOTHER ARCHITECTURE WAS READ'}`,
    );
    if (times > MOST || !isRead) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
