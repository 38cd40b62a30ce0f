/*
 * CLIP's tokenizer (Radford et al. 2021) as a tokenizer.json: text is lower-cased and split into words,
 * numerals and signs; their UTF-8 bytes are merged pair by pair, `</w>` marks the end of each.
 */

/** The character that stands for each byte: printable ones for themselves, the others from U+0100 on. */
function byteCharacters(): string[] {
  const isPrintable = (byte: number): boolean =>
    (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
  const printable = Array.from({ length: 256 }, (_, byte) => byte).filter(isPrintable);
  const others = Array.from({ length: 256 - printable.length }, (_, n) => 256 + n);
  return [...printable, ...others].map((code) => String.fromCharCode(code));
}

const START = '<|startoftext|>';
const END = '<|endoftext|>';

/** @param merges text of merges.txt: after a line with its version, a pair a line, the first merged first. */
export function clipTokenizer(merges: string): object {
  const pairs = merges
    .split('\n')
    .slice(1)
    .filter((line) => line !== '');
  const bytes = byteCharacters();
  const tokens = [
    ...bytes,
    ...bytes.map((character) => `${character}</w>`),
    ...pairs.map((pair) => pair.replace(' ', '')),
    START,
    END,
  ];
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  const special = (content: string): object => ({
    id: vocab[content],
    content,
    special: true,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
  });
  return {
    version: '1.0',
    added_tokens: [special(START), special(END)],
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFC' },
        { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
        { type: 'Lowercase' },
      ],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        {
          type: 'Split',
          pattern: {
            Regex: "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+",
          },
          behavior: 'Removed',
          invert: true,
        },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
    post_processor: {
      type: 'TemplateProcessing',
      single: [
        { SpecialToken: { id: START, type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { SpecialToken: { id: END, type_id: 0 } },
      ],
      pair: [],
      special_tokens: Object.fromEntries(
        [START, END].map((id) => [id, { id, ids: [vocab[id]], tokens: [id] }]),
      ),
    },
    decoder: null,
    model: {
      type: 'BPE',
      unk_token: END,
      continuing_subword_prefix: '',
      end_of_word_suffix: '</w>',
      fuse_unk: false,
      vocab,
      merges: pairs,
    },
  };
}
