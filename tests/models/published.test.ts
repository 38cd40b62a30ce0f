import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openBundle } from '../../src/main/engine/bundle/bundle.ts';
import { resolveBundle } from '../../src/main/engine/bundle/library.ts';
import { downloadModel } from '../../src/main/services/models/download/download-model.ts';
import { readOffer } from '../../src/main/services/models/download/offer.ts';
import { PUBLISHED } from '../../src/main/services/models/download/published.ts';
import { cardOf } from '../../src/main/services/models/index.ts';
import { refusal } from '../bundle/tiny-model.ts';
import { inFileServer, sha256 } from './file-server.ts';
import { contentOf, inLibrary, writeCheckpoint } from './library-folder.ts';

const { at } = inLibrary();
const server = inFileServer();
const { signal } = new AbortController();

describe('what is published', () => {
  it('is six data sets in four parts each, under the paths of the repository, and the towers', () => {
    expect(PUBLISHED).toHaveLength(6 * 4 + 1);
    expect(new Set(PUBLISHED.map(({ path }) => path)).size).toBe(25);
    const pathOf = (id: string) => PUBLISHED.find((file) => file.id === id)?.path;
    const file = 'trained_models/seed666/MedCLIPSeg_unimedclip_ViT-B-16_latest.pth';
    expect(pathOf('BUSI')).toBe(`BUSI/${file}`);
    expect(pathOf('Kvasir-25')).toBe(`Kvasir_25/${file}`);
    expect(pathOf('towers')).toBe('checkpoints/unimed_clip_vit_b16.pt');
  });

  it('is offered with size, hash and licence before anything of it is fetched', async () => {
    server.content = Buffer.alloc(1000);
    const offer = await readOffer('busi-10', `${server.url}/`, signal);
    expect(offer).toMatchObject({
      file: { id: 'BUSI-10', percent: 10 },
      address: `${server.url}/TahaKoleilat/MedCLIPSeg/resolve/main/BUSI_10/trained_models/seed666/MedCLIPSeg_unimedclip_ViT-B-16_latest.pth`,
      ...{ bytes: 1000, sha256: sha256(server.content), licence: 'apache-2.0' },
    });
    expect(server.requests.map(({ method }) => method)).toEqual(['HEAD']);
  });

  it('is offered without a licence where the repository names none', async () => {
    server.licence = null;
    expect((await readOffer('BUSI', server.url, signal)).licence).toBe(null);
    expect((await refusal(() => readOffer('BUSII', server.url, signal))).code).toBe(
      'unknown-download',
    );
    server.treat('not-found');
    expect(await refusal(() => readOffer('BUSI', server.url, signal))).toMatchObject({
      code: 'no-such-download',
      message: expect.stringContaining('BUSI/trained_models'),
    });
  });
});

describe('a download', () => {
  const importing = () => ({ config: at('config.json'), tokenizer: at('tokenizer.json') });
  const offer = async () => {
    server.content = readFileSync(writeCheckpoint(at('a.pth')));
    return readOffer('BUSI-25', server.url, signal);
  };

  it('is a model of the library that says what it was trained on, and how it is asked', async () => {
    const seen: string[] = [];
    const { model, file } = await downloadModel({
      ...{ offer: await offer(), name: 'BUSI-25', keepFile: false, signal },
      importing: importing(),
      onProgress: (text) => seen.push(text),
    });
    expect(file).toBe(null);
    expect(seen.join()).toMatch(/Downloading .* MB.*Checking.*Reading the checkpoint/);
    const { json } = await openBundle(resolveBundle(model.id));
    expect(json.provenance).toMatchObject({ download: { sha256: sha256(server.content) } });
    expect(cardOf('BUSI-25')).toMatchObject({
      description: expect.stringMatching(/BUSI.*25 %.*156 pictures/),
      licence: 'apache-2.0',
      prompts: [{ label: 'tumor', modality: 'US' }],
      text: expect.stringMatching(/No tumor in the breast ultrasound image/),
    });
    expect(contentOf(at('models'))).toEqual(['.downloads', 'BUSI-25']);
    expect(contentOf(at('models', '.downloads'))).toEqual([]);
  });

  it('brings the words of its text encoder along, once', async () => {
    const words = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'left', 'right', 'kidney', '[MASK]'];
    server.vocabulary = `${words.join('\n')}\n`;
    const more = { offer: await offer(), keepFile: false, signal };
    const importing = { config: at('config.json') };
    await downloadModel({ ...more, importing, name: 'a' });
    expect(contentOf(at('models', '.downloads'))).toEqual(['vocab.txt']);
    expect(readFileSync(at('models', '.downloads', 'vocab.txt'), 'utf8')).toBe(server.vocabulary);
    server.vocabulary = null;
    await downloadModel({ ...more, importing, name: 'b' });
  });

  it('keeps the file where that is wished, and where it cannot be imported', async () => {
    const found = await offer();
    const more = { offer: found, signal, importing: importing() };
    const kept = await downloadModel({ ...more, name: 'a', keepFile: true });
    expect(readFileSync(kept.file!).equals(server.content)).toBe(true);
    server.requests.length = 0;
    await downloadModel({ ...more, name: 'again', keepFile: true });
    expect(server.requests).toEqual([]);
    server.content = Buffer.from('no checkpoint');
    const broken = { ...found, bytes: null, sha256: null };
    const end = () => downloadModel({ ...more, offer: broken, name: 'b', keepFile: false });
    expect((await refusal(end)).code).toBe('bad-checkpoint');
    expect(contentOf(at('models', '.downloads'))).toEqual(['BUSI-25.pth']);
    expect(contentOf(at('models'))).toEqual(['.downloads', 'a', 'again']);
  });

  it('into a name that is taken is refused before anything is fetched', async () => {
    const more = { offer: await offer(), signal, keepFile: false };
    server.requests.length = 0;
    expect((await refusal(() => downloadModel({ ...more, name: 'default' }))).code).toBe(
      'bad-model-name',
    );
    expect(server.requests).toEqual([]);
  });
});
