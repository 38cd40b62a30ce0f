import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openBundle } from '../../src/main/engine/bundle/bundle.ts';
import { findModel, listModels, resolveBundle } from '../../src/main/engine/bundle/library.ts';
import {
  addModel,
  cardOf,
  makeDefault,
  removeModel,
  summariseModels,
} from '../../src/main/services/models/index.ts';
import { refusal, writeTinyBundle } from '../bundle/tiny-model.ts';
import { contentOf, inLibrary, writeCheckpoint } from './library-folder.ts';

const { at } = inLibrary();

const WEIGHTS = 'weights.safetensors';
const add = (name: string, change: Partial<Parameters<typeof addModel>[0]> = {}) =>
  addModel({
    from: at('a.pth'),
    name,
    config: at('config.json'),
    tokenizer: at('tokenizer.json'),
    ...change,
  });
const fileOf = (name: string, file = WEIGHTS): string => at('models', name, file);
const inode = (path: string): bigint => statSync(path, { bigint: true }).ino;
const summaryOf = (name: string) => summariseModels().find((model) => model.name === name)!;

describe('a model that is added', () => {
  it('is a checkpoint under the name that was chosen', async () => {
    writeCheckpoint(at('a.pth'));
    const { model, shared } = await add('Breast US');
    expect(model).toMatchObject({
      id: 'Breast US',
      shipped: false,
      folder: at('models', 'Breast US'),
    });
    expect(shared).toBe(0);
    expect((await openBundle(resolveBundle('Breast US'))).json.name).toBe('Breast US');
    expect(contentOf(at('models'))).toEqual(['Breast US']);
    expect(summaryOf('Breast US')).toMatchObject({ problem: null, version: '1', isDefault: false });
  });

  it('costs its adapters alone where another one has its towers', async () => {
    writeCheckpoint(at('a.pth'));
    writeCheckpoint(at('b.pth'), 0.5);
    await add('a');
    const { shared } = await add('b', { from: at('b.pth') });
    expect(shared).toBe(statSync(fileOf('a')).size);
    expect(inode(fileOf('b'))).toBe(inode(fileOf('a')));
    const [a, b] = [await openBundle(at('models', 'a')), await openBundle(at('models', 'b'))];
    expect(b.family).toBe(a.family);
    expect(b.hash).not.toBe(a.hash);
    expect(summaryOf('b').shared).toBe(shared);
    expect(cardOf('b').sharesWith).toEqual(['a']);
    expect(contentOf(at('models', 'b'))).toEqual(contentOf(at('models', 'a')));
  });

  it('is whole without the model that it shares towers with, elsewhere and copied', async () => {
    writeCheckpoint(at('a.pth'));
    await add('a');
    await add('b');
    await removeModel(findModel('a'));
    const { hash } = await openBundle(at('models', 'b'));
    renameSync(at('models', 'b'), at('moved'));
    cpSync(at('moved'), at('copied'), { recursive: true });
    expect((await openBundle(at('moved'))).hash).toBe(hash);
    expect((await openBundle(at('copied'))).hash).toBe(hash);
  });

  it('shares no towers that were damaged, whatever their bundle says', async () => {
    writeCheckpoint(at('a.pth'));
    await add('a');
    const bytes = readFileSync(fileOf('a'));
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(fileOf('a'), bytes);
    expect((await add('b')).shared).toBe(0);
    await openBundle(at('models', 'b'));
    expect(inode(fileOf('b'))).not.toBe(inode(fileOf('a')));
  });

  it('is a bundle that was made elsewhere, as it is', async () => {
    const { hash } = await openBundle(writeTinyBundle(at('elsewhere')));
    await add('mine', { from: at('elsewhere') });
    expect(await openBundle(at('models', 'mine'))).toMatchObject({ hash, json: { name: 'mine' } });
    expect((await add('again', { from: at('elsewhere') })).shared).toBeGreaterThan(0);
  });
});

describe('nothing is added', () => {
  it.each(['', '../x', 'a/b', '.hidden', 'a.', 'con', 'LPT1.x', 'a@b', 'default', 'shipped'])(
    'under the name “%s”',
    async (name) => {
      writeCheckpoint(at('a.pth'));
      expect(await refusal(() => add(name))).toMatchObject({ code: 'bad-model-name' });
      expect(contentOf(at('models'))).toEqual([]);
    },
  );

  it('under a name that is taken, in capitals either', async () => {
    writeCheckpoint(at('a.pth'));
    await add('busi');
    expect(await refusal(() => add('BUSI'))).toMatchObject({
      code: 'model-exists',
      message: expect.stringContaining('BUSI'),
      hint: expect.stringMatching(/another name/),
    });
  });

  it('by the second of two imports into one name', async () => {
    writeCheckpoint(at('a.pth'));
    const [first, second] = await Promise.allSettled([add('busi'), add('busi')]);
    expect(first.status).toBe('fulfilled');
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'output-busy' } });
    expect(contentOf(at('models'))).toEqual(['busi']);
  });

  it('where another process was faster', async () => {
    writeCheckpoint(at('a.pth'));
    const onProgress = (): void => {
      if (!existsSync(at('models', 'busi'))) writeTinyBundle(at('models', 'busi'));
    };
    expect(await refusal(() => add('busi', { onProgress }))).toMatchObject({
      code: 'output-exists',
      hint: expect.stringMatching(/another name/),
    });
    expect(contentOf(at('models'))).toEqual(['busi']);
    await openBundle(at('models', 'busi'));
  });

  it('once it was cancelled', async () => {
    writeCheckpoint(at('a.pth'));
    const abort = new AbortController();
    const onProgress = (): void => abort.abort();
    expect(await refusal(() => add('a', { signal: abort.signal, onProgress }))).toMatchObject({
      code: 'cancelled',
    });
    expect(contentOf(at('models'))).toEqual([]);
  });

  it('of a checkpoint or a bundle that is damaged', async () => {
    writeFileSync(at('a.pth'), 'no checkpoint');
    writeTinyBundle(at('elsewhere'));
    writeFileSync(at('elsewhere', WEIGHTS), 'no weights');
    expect((await refusal(() => add('a'))).code).toBe('bad-checkpoint');
    expect((await refusal(() => add('a', { from: at('elsewhere') }))).code).toBe(
      'bundle-hash-mismatch',
    );
    expect((await refusal(() => add('a', { from: at('nowhere') }))).code).toBe('no-such-file');
    mkdirSync(at('empty'));
    expect((await refusal(() => add('a', { from: at('empty') }))).code).toBe('no-bundle');
    expect(contentOf(at('models'))).toEqual([]);
  });

  it('where the library cannot be written to', async () => {
    writeCheckpoint(at('a.pth'));
    writeFileSync(at('models'), 'a file');
    expect(await refusal(() => add('a'))).toMatchObject({
      code: 'file-not-accessible',
      message: expect.stringContaining(at('models', 'a')),
      hint: expect.stringMatching(/permission/),
    });
  });

  it('on a disk that has no room for it', async (context) => {
    writeTinyBundle(at('elsewhere'));
    mkdirSync(at('models'));
    const mount = ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', at('models')];
    if (spawnSync('mount', mount).status !== 0) context.skip('needs the right to mount a tmpfs');
    try {
      const { bavail, bsize } = statfsSync(at('models'));
      writeFileSync(at('models', 'ballast'), Buffer.alloc(bavail * bsize - 4096));
      expect(await refusal(() => add('a', { from: at('elsewhere') }))).toMatchObject({
        code: 'no-space',
        message: expect.stringMatching(/The model a takes .* there is room for 0\.0 MB/),
      });
      expect(contentOf(at('models'))).toEqual(['ballast']);
    } finally {
      execFileSync('umount', [at('models')]);
    }
  });
});

describe('the default', () => {
  it('is the shipped model, or the one that was made it; the shipped one stays reachable', async () => {
    const shipped = resolveBundle('default');
    expect(findModel('shipped').id).toBe('default');
    writeTinyBundle(at('models', 'mine'));
    makeDefault(findModel('mine'));
    expect(resolveBundle('default')).toBe(at('models', 'mine'));
    expect(resolveBundle('shipped')).toBe(shipped);
    expect(listModels().map(({ id }) => id)).toEqual(['shipped', 'mine']);
    expect(summaryOf('mine').isDefault).toBe(true);
    makeDefault(findModel('shipped'));
    expect(resolveBundle('default')).toBe(shipped);
    expect(contentOf(at('models'))).toEqual(['mine']);
  });

  it('that is gone, or cannot be read, is an error that says how to choose another', async () => {
    writeTinyBundle(at('models', 'mine'));
    makeDefault(findModel('mine'));
    renameSync(at('models', 'mine'), at('elsewhere'));
    expect(await refusal(() => resolveBundle('default'))).toMatchObject({
      code: 'unknown-model',
      message: expect.stringContaining('mine'),
      hint: expect.stringContaining('model default'),
    });
    writeFileSync(at('models', 'default.json'), '{');
    expect((await refusal(() => resolveBundle('default'))).code).toBe('bad-default');
    makeDefault(findModel('shipped'));
    expect(findModel('default').shipped).toBe(true);
  });

  it('that is removed is the shipped model again', async () => {
    writeTinyBundle(at('models', 'mine'));
    makeDefault(findModel('mine'));
    await removeModel(findModel('mine'));
    expect(findModel('default')).toMatchObject({ id: 'default', shipped: true });
    expect(contentOf(at('models'))).toEqual([]);
  });
});

describe('two models of one name', () => {
  it('are told apart by their hash', async () => {
    writeTinyBundle(at('models', 'default'));
    const { hash } = await openBundle(at('models', 'default'));
    const id = `default@${hash.slice(0, 8)}`;
    expect(listModels().map((model) => model.id)).toEqual(['default', id]);
    expect(findModel('default').shipped).toBe(true);
    expect(resolveBundle(id)).toBe(at('models', 'default'));
    expect(resolveBundle(`default@${hash.slice(0, 5)}`)).toBe(at('models', 'default'));
    expect((await refusal(() => resolveBundle('default@0000'))).code).toBe('unknown-model');
  });
});

describe('a model', () => {
  it('that came with Marginalia is not removed', async () => {
    expect(await refusal(() => removeModel(findModel('default')))).toMatchObject({
      code: 'shipped-model',
    });
    expect(existsSync(resolveBundle('default'))).toBe(true);
  });

  it('is not removed while another process works with it, and is after that was killed', async () => {
    writeTinyBundle(at('models', 'mine'));
    writeFileSync(at('models', `.mine.used-${process.ppid}`), '');
    expect(await refusal(() => removeModel(findModel('mine')))).toMatchObject({
      code: 'model-in-use',
      message: expect.stringContaining(String(process.ppid)),
    });
    renameSync(
      at('models', `.mine.used-${process.ppid}`),
      at('models', `.mine.used-${endedPid()}`),
    );
    await removeModel(findModel('mine'));
    expect(contentOf(at('models'))).toEqual([]);
  });

  it('that is damaged is listed with what is wrong, and can be removed', async () => {
    writeTinyBundle(at('models', 'half'));
    writeFileSync(fileOf('half'), 'short');
    expect(summaryOf('half').problem).toMatchObject({ code: 'bundle-hash-mismatch' });
    writeFileSync(fileOf('half', 'model.json'), '{');
    expect(summaryOf('half').problem).toMatchObject({ code: 'bad-model-json' });
    await removeModel(findModel('half'));
    expect(contentOf(at('models'))).toEqual([]);
  });

  it('leaves nothing of imports and removals that were killed', async () => {
    writeCheckpoint(at('a.pth'));
    const pid = endedPid();
    for (const name of [`.x.partial-${pid}`, `.y.removed-${pid}`])
      writeTinyBundle(at('models', name));
    expect(summariseModels().map(({ name }) => name)).toEqual(['default']);
    await add('a');
    expect(contentOf(at('models'))).toEqual(['a']);
  });
});

/** Number of a process that is not there any more. */
function endedPid(): number {
  return spawnSync(process.execPath, ['--version']).pid;
}
