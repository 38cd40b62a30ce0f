import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  importCheckpoint,
  type ImportOptions,
} from '../../src/main/engine/bundle/import-checkpoint.ts';
import { readFloats } from '../../src/main/engine/bundle/safetensors.ts';
import { refusal, TINY_CONFIG, TINY_TOKENIZER, tinyCheckpoint, tinyTensors } from './tiny-model.ts';
import {
  checkpointMembers,
  writeZip,
  type CheckpointContent,
  type CheckpointTensor,
  type Member,
  type ZipForm,
} from './write-checkpoint.ts';

let folder: string;
/** What is imported lies here, what is made lies beside it. */
let source: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'marginalia-import-'));
  source = join(folder, 'source');
  path = join(source, 'model.pth');
  mkdirSync(source);
  writeFileSync(join(source, 'config.json'), JSON.stringify(TINY_CONFIG));
  writeFileSync(join(source, 'tokenizer.json'), JSON.stringify(TINY_TOKENIZER));
});
afterEach(() => rmSync(folder, { recursive: true }));

const options = (change: Partial<ImportOptions> = {}): ImportOptions => ({
  checkpoint: path,
  config: join(source, 'config.json'),
  tokenizer: join(source, 'tokenizer.json'),
  out: join(folder, 'out'),
  ...change,
});

const save = (
  content: CheckpointContent = tinyCheckpoint(),
  change = (m: Member): Member => m,
  form?: ZipForm,
): void => writeZip(path, checkpointMembers(content).map(change), form);

const WEIGHT = 'vision_model.conv1.weight';
const lying =
  (name: string, lie: NonNullable<Member['lie']>, method = 0, form?: ZipForm) =>
  (): void =>
    save(tinyCheckpoint(), (m) => (m.name === `archive/${name}` ? { ...m, lie, method } : m), form);
const without = (name: string) => (): void =>
  writeZip(
    path,
    checkpointMembers(tinyCheckpoint()).filter((m) => m.name !== `archive/${name}`),
  );
const containing =
  (name: string, bytes: Uint8Array, method = 0) =>
  (): void =>
    save(tinyCheckpoint(), (m) =>
      m.name === `archive/${name}` ? { ...m, content: () => bytes, method } : m,
    );
/** A compressed member with the size that is right and 100 MB more behind it. */
const bomb = (name: string) => (): void =>
  save(tinyCheckpoint(), (m) => {
    if (m.name !== `archive/${name}`) return m;
    const content = Buffer.concat([m.content(), Buffer.alloc(1e8)]);
    return { ...m, content: () => content, method: 8, lie: { size: m.content().length, crc: 0 } };
  });
const describing = (change: Partial<CheckpointTensor>) => (): void => {
  const { tensors, storages } = tinyCheckpoint();
  save({ tensors: tensors.map((t) => (t.name === WEIGHT ? { ...t, ...change } : t)), storages });
};
const file = (content: string | Uint8Array) => (): void => writeFileSync(path, content);
const cut = (bytes: (size: number) => number) => (): void => {
  save();
  truncateSync(path, bytes(readFileSync(path).length));
};

/** What is wrong, how it is made, the error's code, what it says, what the hint says. */
type Fault = [string, () => void, string, RegExp, RegExp];
const AGAIN = /get (it|the file) again/;
/** Begin of what torch.save wrote before 1.6: its magic number as a pickle. */
const LEGACY = Buffer.from('80028a0a6cfc9c46f9206aa850192e80024de9032e', 'hex');

const faults: Fault[] = [
  [
    'a member beyond the end',
    lying('data/3', { header: 0x7fffffff }),
    'bad-checkpoint',
    /archive\/data\/3 lies beyond its end/,
    AGAIN,
  ],
  [
    'a member that is not where it should be',
    lying('data/3', { header: 1 }),
    'bad-checkpoint',
    /archive\/data\/3 is not where its directory says/,
    AGAIN,
  ],
  [
    'a member larger than the file',
    lying('data/3', { size: 1e9, compressed: 1e9 }),
    'bad-checkpoint',
    /archive\/data\/3 lies beyond its end/,
    AGAIN,
  ],
  [
    'a ZIP64 member larger than any file',
    lying('data/3', { size: 2 ** 60, compressed: 2 ** 60 }, 0, { zip64: true }),
    'bad-checkpoint',
    /archive\/data\/3 lies beyond its end/,
    AGAIN,
  ],
  [
    'a ZIP64 member beyond any file',
    lying('data/3', { header: 2 ** 60 }, 0, { zip64: true }),
    'bad-checkpoint',
    /archive\/data\/3 lies beyond its end/,
    AGAIN,
  ],
  [
    'a ZIP64 directory beyond any file',
    () => save(tinyCheckpoint(), undefined, { zip64: true, end64: 2 ** 60 }),
    'bad-checkpoint',
    /cut off or damaged/,
    AGAIN,
  ],
  [
    'a member that is strongly encrypted',
    lying('data/3', { flags: 0x41 }),
    'bad-checkpoint',
    /encrypted/,
    AGAIN,
  ],
  [
    'a pickle beyond the end',
    lying('data.pkl', { header: 0x7fffffff }),
    'bad-checkpoint',
    /archive\/data\.pkl lies beyond its end/,
    AGAIN,
  ],
  [
    'a wrong checksum',
    lying('data/3', { crc: 1 }),
    'bad-checkpoint',
    /checksum of archive\/data\/3/,
    AGAIN,
  ],
  ['an encrypted member', lying('data/3', { flags: 1 }), 'bad-checkpoint', /encrypted/, AGAIN],
  [
    'an unknown compression',
    lying('data/3', {}, 12),
    'bad-checkpoint',
    /archive\/data\/3 is compressed in an unknown way/,
    AGAIN,
  ],
  [
    'a member that unpacks to more than it says',
    bomb('data/3'),
    'bad-checkpoint',
    /archive\/data\/3 cannot be unpacked/,
    AGAIN,
  ],
  [
    'a member that unpacks to less than it says',
    lying('data/3', { size: 1e6, crc: 0 }, 8),
    'bad-checkpoint',
    /archive\/data\/3 has another size/,
    AGAIN,
  ],
  [
    'a member of gigabytes that is to be unpacked',
    lying('data/3', { size: 2 ** 31 }, 8),
    'bad-checkpoint',
    /archive\/data\/3 is too large/,
    AGAIN,
  ],
  [
    'a pickle that unpacks to 100 MB',
    containing('data.pkl', Buffer.alloc(1e8), 8),
    'bad-checkpoint',
    /more than tensors.*100 MB/,
    /state_dict/,
  ],
  [
    'two members of one name',
    () =>
      writeZip(path, [
        ...checkpointMembers(tinyCheckpoint()),
        ...checkpointMembers(tinyCheckpoint()),
      ]),
    'bad-checkpoint',
    /twice/,
    AGAIN,
  ],
  [
    'a member that is missing',
    without('data/3'),
    'bad-checkpoint',
    /lacks the data of the tensor \S+ \(archive\/data\/3\)/,
    AGAIN,
  ],
  ['no pickle', without('data.pkl'), 'bad-checkpoint', /no data\.pkl/, /torch\.save/],
  [
    'the other byte order',
    containing('byteorder', Buffer.from('big')),
    'bad-checkpoint',
    /big-endian/,
    /little-endian/,
  ],
  [
    'a storage that is too short',
    containing('data/3', new Uint8Array(8)),
    'bad-checkpoint',
    /tensor vision_model\.\S+ of .* lies beyond its data.*archive\/data\/3, which has 8/,
    AGAIN,
  ],
  [
    'a view beyond its storage',
    describing({ offset: 1 }),
    'bad-checkpoint',
    new RegExp(`${WEIGHT} .* bytes 4 to 772`),
    AGAIN,
  ],
  [
    'endless strides',
    describing({ strides: [2 ** 52, 2 ** 52, 2 ** 52, 2 ** 52] }),
    'bad-checkpoint',
    /beyond its data/,
    AGAIN,
  ],
  [
    'an endless shape',
    describing({ shape: [2 ** 52, 2 ** 52], strides: [2 ** 52, 1] }),
    'bad-checkpoint',
    /beyond its data/,
    AGAIN,
  ],
  [
    'an endless shape in one place',
    describing({ shape: [2 ** 52, 2 ** 52], strides: [0, 0] }),
    'bad-tensor-shape',
    new RegExp(WEIGHT),
    /another architecture/,
  ],
  [
    'a negative offset',
    describing({ offset: -1 }),
    'bad-checkpoint',
    /tensor is described in an unknown way/,
    /torch\.save/,
  ],
  [
    'fewer strides than axes',
    describing({ strides: [1] }),
    'bad-checkpoint',
    /tensor is described in an unknown way/,
    /torch\.save/,
  ],
  [
    'a storage outside the archive',
    describing({ storage: '../../etc/passwd' }),
    'bad-checkpoint',
    /unknown way/,
    /torch\.save/,
  ],
  [
    'another shape',
    describing({ shape: [192], strides: [1] }),
    'bad-tensor-shape',
    /conv1\.weight of .* is 192; .* 4×3×4×4/,
    /another architecture/,
  ],
  [
    'a tensor of another name',
    describing({ name: 'other' }),
    'missing-tensor',
    new RegExp(WEIGHT),
    /another architecture/,
  ],
  [
    'no tensors',
    () => save({ tensors: [], storages: new Map() }),
    'bad-checkpoint',
    /no state dict/,
    /state_dict/,
  ],
  [
    'a pickle that calls',
    containing('data.pkl', Buffer.from('\x80\x02cos\nsystem\nU\x04true\x85R.', 'latin1')),
    'unsafe-checkpoint',
    /os\.system/,
    /Do not trust/,
  ],
  ['no bytes', file(''), 'bad-checkpoint', /not a zip/, /1\.6 or later/],
  [
    'a web page instead',
    file('<!DOCTYPE html><title>404</title>'),
    'bad-checkpoint',
    /not a zip/,
    /1\.6 or later/,
  ],
  [
    'the format before PyTorch 1.6',
    file(LEGACY),
    'bad-checkpoint',
    /before 1\.6/,
    /torch\.save\(torch\.load/,
  ],
  ['half of the file', cut((size) => Math.floor(size / 2)), 'bad-checkpoint', /cut off/, AGAIN],
  ['all but the last byte', cut((size) => size - 1), 'bad-checkpoint', /cut off/, AGAIN],
  ['a folder instead', () => mkdirSync(path), 'not-a-file', /folder/, /file/],
  ['nothing', () => undefined, 'no-such-file', /no such file/, /path/],
];

describe('a checkpoint with', () => {
  it.each(faults)('%s is refused in words, and nothing is left', async (_, write, ...expected) => {
    const [code, message, hint] = expected;
    write();
    const error = await refusal(() => importCheckpoint(options({ out: join(folder, 'a', 'out') })));
    expect(error).toMatchObject({
      code,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
    expect(error.message).not.toContain('\n');
    expect(readdirSync(folder)).toEqual(['source']);
  });
});

describe('an import', () => {
  it('gives a bundle with the numbers of the checkpoint', async () => {
    save();
    const bundle = await importCheckpoint(options());
    for (const [name, { values }] of tinyTensors()) {
      expect(readFloats(bundle.fileOf(name), name), name).toEqual(values);
    }
  });

  it('to a place below a file is refused', async () => {
    save();
    const error = await refusal(() => importCheckpoint(options({ out: join(path, 'a', 'out') })));
    expect(error).toMatchObject({
      code: 'file-not-accessible',
      message: expect.stringContaining(join(path, 'a', 'out')),
    });
  });

  it.each([
    ['weights.safetensors', 'adapters.safetensors'],
    ['adapters.safetensors', 'MODEL_CARD.md'],
    // Behind the card, only hashes are computed.
    ['MODEL_CARD.md', 'never'],
  ])('that is cancelled at %s goes no further and leaves nothing', async (name, next) => {
    save();
    const controller = new AbortController();
    const out = join(folder, 'a', 'out');
    let ended = false;
    const end = refusal(() =>
      importCheckpoint(options({ out, signal: controller.signal })),
    ).finally(() => (ended = true));
    const written = (file: string): boolean =>
      existsSync(join(folder, 'a', `.out.partial-${process.pid}`, file));
    while (!written(name)) await setImmediate();
    controller.abort();
    for (; !ended; await setImmediate()) expect(written(next)).toBe(false);
    expect(await end).toMatchObject({ code: 'cancelled' });
    expect(readdirSync(folder)).toEqual(['source']);
  });

  it('that is cancelled before it begins leaves nothing', async () => {
    save();
    const error = await refusal(() => importCheckpoint(options({ signal: AbortSignal.abort() })));
    expect(error.code).toBe('cancelled');
    expect(readdirSync(folder)).toEqual(['source']);
  });

  it('to a folder that another one is making is refused, and the first goes on', async () => {
    save();
    const first = importCheckpoint(options());
    expect(await refusal(() => importCheckpoint(options()))).toMatchObject({
      code: 'output-busy',
      message: expect.stringContaining(join(folder, 'out')),
    });
    expect((await first).json.name).toBe('out');
    expect(readdirSync(folder).sort()).toEqual(['out', 'source']);
  });

  it('to a folder with something in it is refused, to an empty one is not', async () => {
    save();
    mkdirSync(join(folder, 'out'));
    await importCheckpoint(options());
    expect((await refusal(() => importCheckpoint(options()))).code).toBe('output-exists');
  });

  it('removes what a killed one left, and nothing of one that runs', async () => {
    save();
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    for (const owner of [pid, process.pid, process.ppid, 'notes'])
      mkdirSync(join(folder, `.out.partial-${owner}`));
    await importCheckpoint(options());
    expect(readdirSync(folder).sort()).toEqual(
      [`.out.partial-${process.ppid}`, '.out.partial-notes', 'out', 'source'].sort(),
    );
  });

  it('that fills the disk leaves nothing, wherever the space ends', async (context) => {
    save();
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', disk]);
    if (mounted.status !== 0) context.skip('needs the right to mount a small tmpfs');
    try {
      const out = join(disk, 'a', 'out');
      let full = 0;
      for (let size = 4; ; size += 4) {
        execFileSync('mount', ['-o', `remount,size=${size}k`, disk]);
        const error = await refusal(() => importCheckpoint(options({ out })));
        if (error.code === 'none') break;
        full++;
        expect(error).toMatchObject({
          code: 'no-space',
          message: expect.stringMatching(
            /disk\/a\/out,? (which )?takes \d\.\d MB, .*(no space left|room for \d).*\. Nothing was written/,
          ),
          hint: expect.stringMatching(/Make room/),
        });
        expect(readdirSync(disk)).toEqual([]);
      }
      // Weights, adapters, tokenizer, card and model.json each take a page at least.
      expect(full).toBeGreaterThanOrEqual(4);
      expect(readdirSync(out)).toHaveLength(5);
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});
