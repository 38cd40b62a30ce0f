import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBundle } from '../../src/main/engine/bundle/bundle.ts';
import { TINY_CONFIG, tinyCheckpoint, writeTinyBundle } from '../bundle/tiny-model.ts';
import { checkpointMembers, writeZip } from '../bundle/write-checkpoint.ts';
import { inFileServer } from '../models/file-server.ts';
import { marginalia, type Outcome } from './marginalia.ts';

const folder = mkdtempSync(join(tmpdir(), 'marginalia-cli-'));
const at = (...parts: string[]): string => join(folder, ...parts);
const [checkpoint, config, bundle, out] = ['tiny.pth', 'config.json', 'bundle', 'out'].map((n) =>
  at(n),
) as [string, string, string, string];

beforeAll(() => {
  writeZip(checkpoint, checkpointMembers(tinyCheckpoint()));
  writeFileSync(config, JSON.stringify(TINY_CONFIG));
  writeFileSync(at('other.json'), JSON.stringify({ ...TINY_CONFIG, vocab: 9 }));
  writeTinyBundle(bundle);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** One line that says what is wrong, one that says what to do, and no result. */
function expectPlain(outcome: Outcome, code: number, message: RegExp, hint: RegExp): void {
  const [said, advice, ...rest] = outcome.err.split('\n');
  expect(said).toMatch(/^marginalia: \S/);
  expect(said).toMatch(message);
  expect(advice).toMatch(/^ {2}hint: \S/);
  expect(advice).toMatch(hint);
  expect(rest).toEqual(['']);
  expect(outcome).toMatchObject({ code, out: '' });
}

const run = ['model', 'run', bundle, '--outputs', out, '--inputs'];

describe('a wrong call of marginalia model ends with 2', () => {
  it.each<[string, string[], RegExp, RegExp]>([
    ['an unknown command', ['model', 'imprt'], /imprt.*Did you mean import/, /--help/],
    [
      'no checkpoint',
      ['model', 'import', '--config', config, '--out', out],
      /checkpoint/,
      /--help/,
    ],
    [
      'an unknown option',
      ['model', 'import', checkpoint, '--config', config, '--out', out, '--fast'],
      /--fast/,
      /--help/,
    ],
    ['an unknown device', [...run, config, '--device', 'gpu'], /gpu/, /cpu, webgpu or cuda/],
  ])('%s', async (_, args, message, hint) => {
    expectPlain(await marginalia(args), 2, message, hint);
    expect(existsSync(out)).toBe(false);
  });

  it('a command without what to do shows what there is', async () => {
    const { code, err } = await marginalia(['model']);
    expect(code).toBe(2);
    for (const name of ['list', 'import', 'run', 'step']) expect(err).toContain(`  ${name} `);
  });
});

describe('marginalia model list', () => {
  it('names the family and the variants of every model, and says what cannot be used', async () => {
    const env = { MARGINALIA_MODELS: at('library') };
    writeTinyBundle(at('library', 'mine'));
    writeTinyBundle(at('library', 'half'), { json: (j) => delete j.files['weights.safetensors'] });
    const listed = await marginalia(['model', 'list', '--json'], { env });
    const { models } = JSON.parse(listed.out) as { models: Record<string, unknown>[] };
    const named = (name: string): unknown => models.find((model) => model['name'] === name);
    const { family, hash, json } = await openBundle(at('library', 'mine'));
    const file = 'weights.safetensors';
    expect(named('mine')).toEqual({
      ...{ id: 'mine', name: 'mine', folder: at('library', 'mine'), version: '1', family },
      ...{ shipped: false, default: false },
      variants: [{ precision: 'fp32', file, sha256: hash, bytes: json.files[file]!.bytes }],
    });
    expect(named('half')).toMatchObject({ error: { code: 'bad-model-json' } });

    const { code, out } = await marginalia(['model', 'list'], { env });
    expect(code).toBe(0);
    const row = ['mine', '1', family.slice(0, 12), 'fp32', hash.slice(0, 12)];
    expect(out).toMatch(new RegExp(row.join(' +')));
    expect(out).toMatch(/half cannot be used: .*does not list weights\.safetensors/);
  });
});

describe('the library of marginalia model', () => {
  it('takes in checkpoints and bundles, keeps a default, and lets go of a model', async () => {
    const env = { MARGINALIA_MODELS: at('mine') };
    const run = async (...args: string[]): Promise<Outcome> =>
      marginalia(['model', ...args], { env });
    const imported = await run('import', checkpoint, '--config', config);
    expect(imported).toMatchObject({ code: 0 });
    expect(imported.out).toMatch(/^Imported tiny: .*mine.tiny\n/);
    const again = await run('import', at('mine', 'tiny'), '--name', 'copy');
    expect(again.out).toMatch(/Its towers \(0\.0 MB\) were there already/);
    expectPlain(
      await run('import', checkpoint, '--config', config),
      1,
      /called tiny/,
      /another name/,
    );

    expect((await run('default', 'copy')).out).toContain(at('mine', 'copy'));
    expect((await run('list')).out).toMatch(/copy .* default\n/);
    const card = await run('info', 'copy', '--json');
    expect(JSON.parse(card.out)).toMatchObject({
      ...{ id: 'copy', isDefault: true, sharesWith: ['tiny'], measured: null },
    });
    const told = await run('remove', 'copy');
    expect(told.out).toMatch(/Removed copy.*\n.*shipped model is the default again/);
    expect((await run('default')).out).toContain('the shipped model');
    expectPlain(await run('remove', 'shipped'), 1, /came with the application/, /default/);
    expect(readdirSync(at('mine'))).toEqual(['tiny']);
  });

  it('tells how fast a model is on this machine, and keeps that', async () => {
    const env = { MARGINALIA_MODELS: at('measured') };
    const asked = ['model', 'info', 'default', '--samples', '1', '--device', 'cpu'];
    const { out } = await marginalia([...asked, '--measure'], { env });
    expect(out).toMatch(/here +\d+\.\d\d s to a first mask.*with 1 samples.*MB of memory, on cpu/);
    const json = JSON.parse((await marginalia([...asked, '--json'], { env })).out) as Card;
    expect(json.measured?.pictureSeconds).toBeGreaterThan(0);
  });
});

describe('marginalia model download', () => {
  const server = inFileServer();
  const env = (): Record<string, string> => ({
    MARGINALIA_MODELS: at('downloads'),
    MARGINALIA_MIRROR: server.url,
  });
  const run = (...args: string[]): Promise<Outcome> =>
    marginalia(['model', 'download', ...args], { env: env() });

  it('lists what is published, and asks no server', async () => {
    const { code, out } = await run();
    expect(code).toBe(0);
    expect(out).toMatch(/Kvasir-25 .*200 pictures/);
    expect(server.requests).toEqual([]);
  });

  it('shows licence and size, and fetches nothing unasked', async () => {
    server.content = readFileSync(checkpoint);
    const { code, out } = await run('BUSI');
    expect(code).toBe(0);
    expect(out).toMatch(
      /licence +apache-2\.0[\s\S]*size +\d+ MB[\s\S]*--yes[\s\S]*Nothing was fetched/,
    );
    expect(server.requests.map(({ method }) => method)).toEqual(['HEAD']);
    expect(existsSync(at('downloads'))).toBe(false);
  });

  it('adds what was agreed to to the library', async () => {
    server.content = readFileSync(checkpoint);
    const { code, out } = await run('BUSI', '--yes', '--config', config);
    expect(code).toBe(0);
    expect(out).toContain(`Added BUSI: ${at('downloads', 'BUSI')}`);
    await openBundle(at('downloads', 'BUSI'));
    server.treat('corrupt');
    const damaged = await run('BUSI-10', '--yes', '--config', config);
    expect(damaged.code).toBe(1);
    expect(damaged.err).toMatch(/BUSI-10 arrived damaged.*\n {2}hint: /);
    expect(readdirSync(at('downloads')).sort()).toEqual(['.downloads', 'BUSI']);
  });

  it('is refused for what is no address or no checkpoint', async () => {
    const wrong = await run('BUSI', '--mirror', 'ftp://x');
    expectPlain(wrong, 2, /--mirror cannot be/, /https/);
    expectPlain(await run('LIVER'), 1, /no published checkpoint called LIVER/, /BUSI/);
  });
});

interface Card {
  readonly measured: { readonly pictureSeconds: number } | null;
}

describe('marginalia model that fails ends with 1', () => {
  it.each<[string, string[], RegExp, RegExp]>([
    [
      'no such checkpoint',
      ['model', 'import', at('no.pth'), '--config', config, '--out', out],
      /no\.pth cannot be read: there is no such file/,
      /path/,
    ],
    [
      'a config of another model',
      ['model', 'import', checkpoint, '--config', at('other.json'), '--out', out],
      /8×4.* 9×4/,
      /another architecture/,
    ],
    [
      'an output that is there',
      ['model', 'import', checkpoint, '--config', config, '--out', bundle],
      /bundle exists already/,
      /--out/,
    ],
    [
      'an unknown model',
      ['model', 'run', 'nobody', '--inputs', config, '--outputs', out],
      /nobody/,
      /model\.json/,
    ],
    [
      'inputs of something else',
      [...run, join(bundle, 'weights.safetensors')],
      /tensor image is missing/,
      /inputs/,
    ],
  ])('%s', async (_, args, message, hint) => {
    expectPlain(await marginalia(args), 1, message, hint);
    expect(existsSync(out)).toBe(false);
  });

  it('interrupted by Ctrl-C, and leaves nothing', async () => {
    mkdirSync(at('made'));
    const hook = new URL('./interrupt-at-folder.mjs', import.meta.url);
    const outcome = await marginalia(
      ['model', 'import', checkpoint, '--config', config, '--out', at('made', 'x')],
      { env: { NODE_OPTIONS: `--import ${hook.href}` } },
    );
    expect(outcome).toEqual({
      code: 1,
      out: '',
      err: 'marginalia: The import was cancelled; nothing was written.\n',
    });
    expect(readdirSync(at('made'))).toEqual([]);
  });
});

describe('marginalia model import', () => {
  it('ends with 0, names the bundle, and says what is missing without a tokenizer', async () => {
    const args = ['model', 'import', checkpoint, '--config', config, '--out', at('imported')];
    const { code, out: said, err } = await marginalia(args);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(said).toContain(at('imported'));
    expect(said).toContain('--tokenizer');
    expect(existsSync(at('imported', 'model.json'))).toBe(true);
  });
});
