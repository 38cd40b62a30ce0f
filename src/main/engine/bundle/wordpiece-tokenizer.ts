/**
 * BERT's tokenizer (Devlin et al. 2019) as a tokenizer.json, of its vocab.txt: a token a line, in the
 * order of their ids. Text is lower-cased where no token has a capital.
 * @returns undefined where the lines are no such vocabulary.
 */
export function wordPieceTokenizer(text: string): object | undefined {
  const tokens = text.replace(/\r?\n$/, '').split(/\r?\n/);
  const vocab = new Map(tokens.map((token, id) => [token, id]));
  const idOf = (token: string): number | undefined => vocab.get(token);
  const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]'];
  if (vocab.size !== tokens.length || special.some((token) => !vocab.has(token))) return undefined;
  const isCased = tokens.some((token) => /\p{Lu}/u.test(token) && !/^\[.*\]$/.test(token));
  const framed = (token: string): object => ({ id: token, ids: [idOf(token)], tokens: [token] });
  return {
    version: '1.0',
    padding: null,
    added_tokens: [...special, '[MASK]']
      .filter((token) => vocab.has(token))
      .map((content) => ({
        ...{ id: idOf(content), content, special: true, normalized: false },
        ...{ single_word: false, lstrip: false, rstrip: false },
      })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: !isCased,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [
        { SpecialToken: { id: '[CLS]', type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { SpecialToken: { id: '[SEP]', type_id: 0 } },
      ],
      pair: [],
      special_tokens: { '[CLS]': framed('[CLS]'), '[SEP]': framed('[SEP]') },
    },
    decoder: null,
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocab),
    },
  };
}
