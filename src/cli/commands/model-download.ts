import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import {
  downloadModel,
  PUBLISHED,
  readOffer,
  VOCABULARY,
} from '../../main/services/models/index.ts';
import { UsageError } from '../../shared/errors.ts';
import { PUBLIC_MIRROR } from '../../shared/mirror.ts';
import { interruptSignal } from '../interrupt.ts';
import { keptOnce, progressLine, progressText, table } from '../output.ts';

interface DownloadOptions {
  readonly name?: string;
  readonly mirror: string;
  readonly keep?: boolean;
  readonly yes?: boolean;
  readonly config?: string;
  readonly tokenizer?: string;
}

export function registerDownload(model: Command): void {
  model
    .command('download')
    .description('fetch a published checkpoint into the library; without a name: what there is')
    .argument('[checkpoint]', 'BUSI, BUSI-25, …: data set, and percent of it that was trained on')
    .option('--name <name>', 'in the library (default: as the checkpoint is called)')
    .option(
      '--mirror <address>',
      'where to fetch it (default: MARGINALIA_MIRROR, or the public hub)',
      parseMirror,
      process.env['MARGINALIA_MIRROR'] || PUBLIC_MIRROR,
    )
    .option('--keep', 'keep the downloaded file after it was imported')
    .option('--yes', 'fetch it without asking')
    .option('--config <file>', 'config.json with the architecture, instead of reading it')
    .option('--tokenizer <file>', 'tokenizer.json of the text encoder')
    .action(async (id: string | undefined, options: DownloadOptions) => {
      if (id === undefined) return console.log(catalogue());
      await download(id, options);
    });
}

function parseMirror(value: string): string {
  if (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)) return value;
  throw new UsageError(
    `--mirror cannot be “${value}”.`,
    'It takes an address that begins with https:// or http://.',
  );
}

function catalogue(): string {
  const rows = PUBLISHED.map(({ id, trainedOn, bytes }) => [
    id,
    (bytes / 1e6).toFixed(0),
    trainedOn,
  ]);
  return `${table(['checkpoint', 'about MB', 'trained on'], rows)}\nNothing was fetched. \`marginalia model download <checkpoint>\` shows licence and size first.`;
}

async function download(id: string, options: DownloadOptions): Promise<void> {
  const signal = interruptSignal();
  const offer = await readOffer(id, options.mirror, signal);
  const { file, address, bytes, sha256, licence } = offer;
  const rows = [
    ['trained on', file.trainedOn],
    ['prompts', file.promptStyle],
    ['licence', licence ?? 'not named by the repository: look there before you use it'],
    ['size', bytes === null ? 'not said by the server' : `${(bytes / 1e6).toFixed(0)} MB`],
    ['with it', `the words of its text encoder (0.2 MB, MIT), from ${VOCABULARY.repository}`],
    ['sha256', sha256 ?? 'not said by the server'],
    ['from', address],
  ];
  console.log(`${file.id}: ${file.title}`);
  for (const [title, text] of rows) console.log(`  ${title!.padEnd(10)} ${text!}`);
  if (!options.yes && !(await agreed())) return console.log('Nothing was fetched.');

  const line = progressLine();
  const { config, tokenizer } = options;
  try {
    const added = await downloadModel({
      offer,
      name: options.name ?? file.id,
      keepFile: options.keep ?? false,
      signal,
      importing: {
        ...(config !== undefined && { config }),
        ...(tokenizer !== undefined && { tokenizer }),
      },
      onProgress: (text, done) => line.show(progressText(text, done)),
    });
    line.end();
    console.log(`Added ${added.model.id}: ${added.model.folder}`);
    if (added.shared > 0) console.log(keptOnce(added.shared));
    if (added.file !== null) console.log(`The downloaded file is kept: ${added.file}`);
  } finally {
    line.end();
  }
}

/** Nothing is fetched unasked: where nobody can answer, --yes says it. */
async function agreed(): Promise<boolean> {
  if (!process.stdin.isTTY) {
    console.log('Add --yes to fetch it.');
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question('Download it? [y/N] ')).trim());
  } finally {
    terminal.close();
  }
}
