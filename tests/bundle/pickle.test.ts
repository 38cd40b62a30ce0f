import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { readPickle } from '../../src/main/engine/bundle/pickle.ts';
import { MarginaliaError } from '../../src/shared/errors.ts';

const noStorage = (): never => {
  throw new Error('no storages here');
};
const read = (bytes: Uint8Array): unknown => readPickle(bytes, noStorage);
const bytes = (...parts: (string | number)[]): Uint8Array =>
  Buffer.concat(
    parts.map((p) => (typeof p === 'string' ? Buffer.from(p, 'latin1') : Buffer.of(p))),
  );

/** What CPython pickles of an expression, by protocol; undefined without Python. */
function pickled(expression: string, protocol: number, before = ''): Uint8Array | undefined {
  const script = `import pickle, sys, collections\n${before}\nsys.stdout.buffer.write(pickle.dumps(${expression}, protocol=${protocol}))`;
  const { status, stdout } = spawnSync('/usr/bin/python3', ['-c', script]);
  return status === 0 ? stdout : undefined;
}
const noPython = pickled('1', 2) === undefined ? 'needs the Debian package python3' : '';

const code = (error: unknown): string => (error instanceof MarginaliaError ? error.code : 'other');
function refusal(pickle: Uint8Array): { code: string; message: string } {
  try {
    read(pickle);
  } catch (error) {
    return { code: code(error), message: (error as Error).message };
  }
  return { code: 'none', message: '' };
}

describe('a pickle that wants to call something', () => {
  it.each([
    ['GLOBAL and REDUCE', bytes(0x80, 2, 'cos\nsystem\n', 'U\x04true', 0x85, 'R.'), 'os.system'],
    [
      'STACK_GLOBAL',
      bytes(0x80, 4, 0x8c, 8, 'builtins', 0x8c, 4, 'eval', 0x93, 0x8c, 1, '1', 0x85, 'R.'),
      'builtins.eval',
    ],
    ['INST', bytes('(S"true"\nios\nsystem\n.'), 'os.system'],
    ['OBJ', bytes('(cos\nsystem\nS"true"\no.'), 'os.system'],
    ['NEWOBJ', bytes(0x80, 2, 'csubprocess\nPopen\n', ')', 0x81, '.'), 'subprocess.Popen'],
    ['a global that is never called', bytes(0x80, 2, 'cbuiltins\nexec\n.'), 'builtins.exec'],
    [
      'an attribute of an allowed module',
      bytes(0x80, 2, 'ctorch._utils\n_import_dotted_name\n.'),
      'torch._utils._import_dotted_name',
    ],
    [
      'a dotted name',
      bytes(0x80, 4, 0x8c, 11, 'collections', 0x8c, 22, 'OrderedDict.fromkeys.x', 0x93, '.'),
      'collections.OrderedDict.fromkeys.x',
    ],
    ['an extension', bytes(0x80, 2, 0x82, 7, '.'), 'extension 7'],
    [
      'a name that hides in the prototype',
      bytes(0x80, 2, 'c__proto__\nconstructor\n.'),
      '__proto__.constructor',
    ],
  ])('by %s is refused by name', (_, pickle, name) => {
    const { code: found, message } = refusal(pickle);
    expect(found).toBe('unsafe-checkpoint');
    expect(message).toContain(name);
  });

  describe.skipIf(noPython)(`as CPython writes it ${noPython}`, () => {
    const evil = 'class E:\n  def __reduce__(self): return (__import__("os").system, ("true",))';
    it.each([0, 1, 2, 3, 4, 5])('in protocol %i', (protocol) => {
      const { code: found, message } = refusal(pickled('{"model": E()}', protocol, evil)!);
      expect(found).toBe('unsafe-checkpoint');
      expect(message).toMatch(/(posix|os)\.system/);
    });
  });
});

describe('plain values', () => {
  describe.skipIf(noPython)(`as CPython writes them ${noPython}`, () => {
    it.each([0, 1, 2, 3, 4, 5])('in protocol %i', (protocol) => {
      const value = read(
        pickled(
          'collections.OrderedDict([("a", [1, -2, 2**40, 1.5, True, None, "ä"]), ("b", {"c": (1, 2)})])',
          protocol,
        )!,
      );
      expect(value).toEqual(
        new Map<string, unknown>([
          ['a', [1, -2, 2 ** 40, 1.5, true, null, protocol === 0 ? expect.any(String) : 'ä']],
          ['b', new Map([['c', [1, 2]]])],
        ]),
      );
    });
  });
});

describe('a pickle that is damaged', () => {
  it.each([
    ['nothing', bytes()],
    ['an end in the middle', bytes(0x80, 2, 'X', 0xff, 0, 0, 0, 'short')],
    ['an empty stack', bytes(0x80, 2, '0.')],
    ['a missing mark', bytes(0x80, 2, 't.')],
    ['a memo that was never written', bytes(0x80, 2, 'h', 9, '.')],
    ['an unknown instruction', bytes(0x80, 2, 0xff, '.')],
    ['a dict of a list', bytes(0x80, 2, ']K', 1, 'K', 2, 's.')],
    ['a call of a number', bytes(0x80, 2, 'K', 1, ')R.')],
    ['an endless number', bytes(0x80, 2, 0x8b, 0, 0, 0, 64, ...Array<number>(999).fill(1), '.')],
    [
      'a long list given again and again',
      // A list of pairs, of which one dict after the other is made.
      bytes(
        `\x80\x02]q\0(${'K\x01K\x01\x86'.repeat(50_000)}e`,
        `ccollections\nOrderedDict\nq\x01${'h\x01h\0\x85R0'.repeat(5_000)}.`,
      ),
    ],
    ['a length beyond the file', bytes(0x80, 4, 0x8e, ...Array<number>(8).fill(0xff))],
  ])('%s is refused in words', (_, pickle) => {
    expect(refusal(pickle).code).toBe('bad-checkpoint');
  });

  it('never fails otherwise, whatever its bytes', () => {
    // A reader of random instructions: every outcome but a plain error of the language is fine.
    let state = 12345;
    const random = (): number => (state = (state * 1103515245 + 12345) & 0x7fffffff) >> 8;
    for (let n = 0; n < 20_000; n++) {
      const pickle = Uint8Array.from({ length: 1 + (random() % 40) }, () => random() & 255);
      expect(['none', 'bad-checkpoint', 'unsafe-checkpoint']).toContain(refusal(pickle).code);
    }
  });
});
