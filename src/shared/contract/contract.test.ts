import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calls, decodeMessage, encodeMessage, frameKey, streams, ToMain } from './index.ts';

const label = {
  id: 'l1',
  value: 1,
  name: 'liver',
  colour: '#ff0000',
  prompt: '',
  visible: true,
  locked: false,
  term: null,
};
const patch = Uint8Array.of(0, 4, 0, 1);

/** Inputs that a page must not get through with. */
const rejected: readonly [keyof typeof calls, unknown, string][] = [
  ['app.about', { extra: 1 }, 'fields that are not asked for'],
  ['annotation.get', {}, 'no stack'],
  ['annotation.get', { stack: '' }, 'an empty name'],
  ['annotation.get', { stack: 7 }, 'a number for a name'],
  ['settings.change', { samples: -1 }, 'fewer than no samples'],
  ['settings.change', { samples: 2.5 }, 'half samples'],
  ['settings.change', { device: 'tpu' }, 'an unknown device'],
  ['settings.change', { keys: { undo: 'x'.repeat(41) } }, 'a long key'],
  [
    'settings.change',
    { prompts: [{ label: 'liver', prompt: ' ', modality: 'CT' }] },
    'a prompt of blanks',
  ],
  ['labels.create', { stack: 's', name: '  ' }, 'a name of blanks'],
  ['labels.create', { stack: 's', name: 'liver', colour: 'red' }, 'a colour by name'],
  ['labels.change', { stack: 's', label: 'l1', change: { value: 3 } }, 'another value'],
  ['labels.change', { stack: 's', label: 'l1', change: { id: 'l2' } }, 'another id'],
  ['edits.apply', { stack: 's', name: 'Brush', slices: [], actor: 'human' }, 'an edit of nothing'],
  [
    'edits.apply',
    { stack: 's', name: 'Brush', slices: [{ index: -1, patch }], actor: 'human' },
    'a slice before the first',
  ],
  [
    'edits.apply',
    { stack: 's', name: 'Brush', slices: [{ index: 0, patch: [0, 4, 0, 1] }], actor: 'human' },
    'numbers for bytes',
  ],
  [
    'edits.apply',
    { stack: 's', name: 'Brush', slices: [{ index: 0, patch }], actor: 'nobody' },
    'an unknown actor',
  ],
  ['review.set', { stack: 's', slices: [{ index: 0, state: 'perfect' }] }, 'an unknown state'],
  ['queue.next', { stack: 's', count: 0 }, 'a queue of nothing'],
  ['versions.use', { version: '../../etc' }, 'a path for a version'],
  ['versions.export', { version: '0123456789ab', folder: '' }, 'an empty path'],
  ['paths.choose', { what: 'everything', title: '' }, 'an unknown dialog'],
];

describe('the contract', () => {
  it.each(rejected)('%s refuses %j (%s)', (name, input) => {
    expect(calls[name].input.safeParse(input).success).toBe(false);
  });

  it('takes what the page sends', () => {
    const slices = [{ index: 0, patch }];
    expect(
      calls['edits.apply'].input.parse({ stack: 's', name: 'Brush', slices, actor: 'human' })
        .slices,
    ).toEqual(slices);
    expect(calls['labels.create'].output.parse(label)).toEqual(label);
    expect(
      calls['labels.change'].input.parse({ stack: 's', label: 'l1', change: { locked: true } }),
    ).toBeTruthy();
    const opening = { stack: 's', resample: 'perhaps' };
    expect(streams['volumes.open'].input.safeParse(opening).success).toBe(false);
    for (const files of [0, 100_001, 1.5])
      expect(
        streams['sources.drop'].input.safeParse({ title: 'ct', files, bytes: 1 }).success,
      ).toBe(false);
  });

  const nnunet = { dataset: 'Dataset501_Liver', undecided: 'ignore' };
  it.each<[object, string]>([
    [{ formats: [], nnunet }, 'nothing to write'],
    [{ formats: ['xlsx'] }, 'an unknown format'],
    [{ formats: ['nnunet'] }, 'no dataset'],
    [{ formats: ['csv'], nnunet }, 'a dataset that nobody asked for'],
    [
      { formats: ['nnunet'], nnunet: { ...nnunet, dataset: '../Dataset501_Liver' } },
      'a path for a dataset',
    ],
    [
      { formats: ['nnunet'], nnunet: { ...nnunet, dataset: 'Dataset5_Liver' } },
      'a number of one digit',
    ],
    [{ formats: ['nnunet'], nnunet: { ...nnunet, dataset: 'Dataset501_' } }, 'no name'],
    [
      { formats: ['nnunet'], nnunet: { ...nnunet, undecided: 'guess' } },
      'another way with undecided slices',
    ],
    [{ formats: ['nnunet'], nnunet: { ...nnunet, channel: '' } }, 'a channel without a name'],
    [{ formats: ['nnunet'], nnunet: { ...nnunet, channel: 'T1\n' } }, 'a channel of two lines'],
    [{ formats: ['nnunet'], nnunet, deidentify: 'no' }, 'a word for yes and no'],
  ])('an export refuses %j (%s)', (input) => {
    const good = { stack: 's', folder: '/out', formats: ['nnunet'], deidentify: true, nnunet };
    expect(streams['export.run'].input.safeParse(good).success).toBe(true);
    expect(
      streams['export.run'].input.safeParse({ ...good, nnunet: undefined, ...input }).success,
    ).toBe(false);
  });

  it.each([
    { kind: 'call', request: 1, name: 'files.delete', input: {} },
    { kind: 'call', request: -1, name: 'app.about', input: {} },
    { kind: 'call', name: 'app.about', input: {} },
    { kind: 'stream', request: 1, name: 'app.about', input: {} },
    { kind: 'eval', request: 1, code: '1' },
    { kind: 'cancel', request: 1, also: 2 },
    'call',
    null,
  ])('a connection refuses %j', (message) => {
    expect(ToMain.safeParse(message).success).toBe(false);
  });

  it('lets newer frames replace older ones, but never the last of a slice', () => {
    const bytes = new Uint8Array(1);
    const slice = {
      kind: 'slice',
      label: 'l',
      index: 3,
      samplesUsed: 1,
      probability: bytes,
      total: bytes,
      aleatoric: bytes,
      epistemic: bytes,
      score: null,
      doubt: null,
      evidence: null,
    } as const;
    const planes: 'acquired'[] = ['acquired'];
    expect(frameKey({ ...slice, final: false, planes })).toBe(
      frameKey({ ...slice, samplesUsed: 2, final: false, planes }),
    );
    expect(frameKey({ ...slice, final: false, planes })).not.toBe(
      frameKey({ ...slice, index: 4, final: false, planes }),
    );
    expect(frameKey({ ...slice, final: true, planes })).toBe(null);
  });
});

const message = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.integer(),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 40 }),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(
      fc.string({ unit: 'binary' }).filter((key) => key !== '$bytes' && key !== '__proto__'),
      tie('value'),
      { maxKeys: 5, noNullPrototype: true },
    ),
  ),
})).value;

describe('messages as bytes', () => {
  it('come back as they were, arrays of bytes included', () => {
    fc.assert(
      fc.property(message, (value) => {
        expect(decodeMessage(encodeMessage(value))).toEqual(value);
      }),
    );
  });

  it('carry what is made of bytes, not what it says of itself', () => {
    const read = decodeMessage(encodeMessage([Buffer.of(1, 2), Buffer.of(3)])) as Uint8Array[];
    expect(read.map((bytes) => [...bytes])).toEqual([[1, 2], [3]]);
  });

  it('are refused when anything is cut off, added, or lies about its length', () => {
    const whole = encodeMessage({ a: Uint8Array.of(1, 2, 3), b: [Uint8Array.of(4)] });
    for (let n = 0; n < whole.length; n++) {
      expect(() => decodeMessage(whole.subarray(0, n))).toThrow(/cannot be read/);
    }
    expect(() => decodeMessage(Uint8Array.of(...whole, 0))).toThrow(/longer than it says/);
    const lying = new TextEncoder().encode('{"$bytes":-1}');
    const bytes = Uint8Array.of(lying.length, 0, 0, 0, ...lying);
    expect(() => decodeMessage(bytes)).toThrow(/cannot be read/);
  });
});
