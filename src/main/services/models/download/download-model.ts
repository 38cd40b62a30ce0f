import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { toErrorInfo } from '../../../../shared/errors.ts';
import { fileDigest } from '../../../engine/bundle/bundle.ts';
import { userModels } from '../../../engine/bundle/library.ts';
import { addModel, type Added } from '../library/add-model.ts';
import type { Description } from '../library/describe-bundle.ts';
import { requireNewName } from '../library/model-name.ts';
import { fetchFile, type FetchedFile, type FetchOptions } from './fetch-file.ts';
import type { Offer } from './offer.ts';
import { addressOf, REPOSITORY, VOCABULARY, type PublishedFile } from './published.ts';

export interface Download extends Pick<FetchOptions, 'signal' | 'waitForMore'> {
  readonly offer: Offer;
  /** In the library. */
  readonly name: string;
  /** Whether the downloaded file stays after it was imported. */
  readonly keepFile: boolean;
  readonly onProgress?: (text: string, done: number | null) => void;
  /** Of the checkpoint, where it is not the published one. */
  readonly importing?: Pick<Parameters<typeof addModel>[0], 'config' | 'tokenizer'>;
}

/** Where downloads wait to be imported. */
export const downloadsFolder = (): string => join(userModels(), '.downloads');

/**
 * Fetches a published checkpoint and adds it to the library. What was fetched of it stays until it was
 * imported, so that a second try goes on from there.
 * @returns where the file is, where it was kept.
 * @throws MarginaliaError as `fetchFile` and `addModel`.
 */
export async function downloadModel(
  download: Download,
): Promise<Added & { readonly file: string | null }> {
  const { offer, name, keepFile, signal, onProgress, waitForMore } = download;
  const { file, address, licence } = offer;
  requireNewName(name);
  const to = join(downloadsFolder(), `${file.id}.${file.path.split('.').at(-1)}`);
  const fetched =
    (await whatIsThere(to, offer)) ??
    (await fetchFile({
      url: address,
      to,
      what: file.id,
      signal,
      ...(waitForMore && { waitForMore }),
      onProgress: ({ bytes, of, checking }) =>
        onProgress?.(
          checking ? 'Checking what has arrived' : `Downloading ${amount(bytes, of)}`,
          checking || of === null ? null : bytes / of,
        ),
    }));
  if (download.importing?.tokenizer === undefined) await fetchVocabulary(download);
  const added = await addModel({
    from: to,
    name,
    signal,
    ...download.importing,
    ...(onProgress && { onProgress }),
    description: describe(file, name, address, licence, fetched),
  });
  if (!keepFile) rmSync(to, { force: true });
  return { ...added, file: keepFile ? to : null };
}

/**
 * The words of the text encoder, beside the checkpoint, where the import looks for them. A mirror may lack
 * them; then a model of the library may have them, or the model reads no text and says so.
 */
async function fetchVocabulary({ offer, signal, onProgress }: Download): Promise<void> {
  const { repository, path } = VOCABULARY;
  const to = join(downloadsFolder(), path);
  if (existsSync(to)) return;
  onProgress?.('Downloading the words of its text encoder', null);
  try {
    await fetchFile({
      url: addressOf(offer.mirror, path, repository),
      to,
      what: `the ${path} of ${repository}`,
      signal,
    });
  } catch (error) {
    if (toErrorInfo(error).code !== 'no-such-download') throw error;
  }
}

/** An earlier download of the same file, which could not be imported or was kept. */
async function whatIsThere(path: string, { sha256 }: Offer): Promise<FetchedFile | null> {
  if (sha256 === null || !existsSync(path)) return null;
  const digest = await fileDigest(path);
  return digest.sha256 === sha256 ? { ...digest, compared: true } : null;
}

const amount = (bytes: number, of: number | null): string =>
  of === null
    ? `${(bytes / 1e6).toFixed(0)} MB`
    : `${(bytes / 1e6).toFixed(0)} of ${(of / 1e6).toFixed(0)} MB`;

function describe(
  file: PublishedFile,
  name: string,
  address: string,
  licence: string | null,
  { sha256, bytes }: FetchedFile,
): Description {
  const terms = licence ?? `as the repository ${REPOSITORY} says, which names none in its card`;
  return {
    description: `Published MedCLIPSeg. Trained on ${file.trainedOn}.`,
    licence: terms,
    prompts: file.prompts,
    provenance: { repository: REPOSITORY, path: file.path, address, download: { sha256, bytes } },
    card: `# ${name}

${file.title}: a checkpoint of MedCLIPSeg as it was published (${REPOSITORY}, ${file.path}).

- Trained on ${file.trainedOn}.
- Licence of the repository: ${terms}. The data set that it was trained on has terms of its own.
- sha256 of the downloaded file: ${sha256}.

## Prompts

${file.promptStyle}

Research use only. Not a medical device.
`,
  };
}
