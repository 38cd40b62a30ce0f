import Vips from 'wasm-vips';
import type { Channels } from '../../../shared/image/index.ts';
import { unreadable, type Page, type PageHeader, type PageRange } from './page.ts';

type Format = 'PNG' | 'JPEG' | 'TIFF';
type VipsModule = Awaited<ReturnType<typeof Vips>>;
type Picture = InstanceType<VipsModule['Image']>;
type Source = InstanceType<VipsModule['Source']>;

/** No file of a scanner or microscope that is meant to be labelled has more. */
const MOST_PAGES = 10_000;

/** It holds what it decodes in memory of its own, which is never given back: a thread keeps one. */
let loading: Promise<VipsModule> | undefined;

function openVips(): Promise<VipsModule> {
  return (loading ??= Vips({
    // Without HEIF, JPEG XL and SVG.
    dynamicLibraries: [],
    preRun: (module: { ENV: Record<string, string> }) => (module.ENV.VIPS_WARNING = '1'),
  }).then((vips) => {
    // Pictures are decoded side by side in several threads of ours.
    vips.concurrency(1);
    vips.Cache.max(0);
    vips.operationBlock('VipsForeignLoad', true);
    for (const format of ['Png', 'Jpeg', 'Tiff'])
      vips.operationBlock(`VipsForeignLoad${format}`, false);
    return vips;
  }));
}

/**
 * What the pictures of a file are, without decoding them.
 * @throws MarginaliaError, in words, where it is damaged or of a kind that is not read.
 */
export async function vipsHeaders(bytes: Uint8Array, format: Format): Promise<PageHeader[]> {
  const vips = await openVips();
  return withFile(vips, bytes, (file) => {
    const header = (page: number): PageHeader =>
      withPicture(vips, file, pageOf(format, page), (picture) => headerOf(picture, format));
    const [first, pages] = withPicture(vips, file, pageOf(format, 0), (picture) => [
      headerOf(picture, format),
      format === 'TIFF' ? picture.getInt('n-pages') : 1,
    ]);
    if (pages > MOST_PAGES) throw unreadable(`it has ${pages} pages; up to ${MOST_PAGES} are read`);
    if (pages > 1 && isOfOneKind(vips, file)) return Array<PageHeader>(pages).fill(first);
    return [first, ...Array.from({ length: pages - 1 }, (_, n) => header(n + 1))];
  });
}

/** Values of pages that follow one another. @throws as `vipsHeaders`. */
export async function decodeByVips(
  bytes: Uint8Array,
  format: Format,
  { from, count }: PageRange,
  channels: Channels,
): Promise<Page[]> {
  const vips = await openVips();
  return withFile(vips, bytes, (file) => {
    if (count > 1 && isOfOneKind(vips, file))
      return withPicture(vips, file, { page: from, n: count }, (roll) => {
        const { columns, rows } = headerOf(roll, format);
        const values = inChannels(vips, roll, format, channels);
        return split({ columns, rows, values }, count);
      });
    return Array.from({ length: count }, (_, n) =>
      withPicture(vips, file, pageOf(format, from + n), (picture) => ({
        ...sizeOf(picture),
        values: inChannels(vips, picture, format, channels),
      })),
    );
  });
}

/**
 * Whether all pages of a TIFF are alike and upright, so that libvips reads them below one another. One by one
 * it would go through all before each, which takes minutes for some thousands.
 */
function isOfOneKind(vips: VipsModule, file: Source): boolean {
  try {
    return withPicture(vips, file, { n: -1 }, (roll) => orientationOf(roll) === 1);
  } catch {
    return false;
  }
}

function split({ columns, rows, values }: Page, count: number): Page[] {
  const length = values.length / count;
  return Array.from({ length: count }, (_, n) => ({
    columns,
    rows: rows / count,
    values: values.subarray(n * length, (n + 1) * length),
  }));
}

interface LoadOptions {
  readonly page?: number;
  readonly n?: number;
}

const pageOf = (format: Format, page: number): LoadOptions => (format === 'TIFF' ? { page } : {});

/** The bytes go into libvips's memory once. */
function withFile<T>(vips: VipsModule, bytes: Uint8Array, use: (file: Source) => T): T {
  const file = vips.Source.newFromMemory(bytes);
  try {
    return use(file);
  } finally {
    file.delete();
  }
}

function withPicture<T>(
  vips: VipsModule,
  file: Source,
  options: LoadOptions,
  use: (picture: Picture) => T,
): T {
  let picture: Picture | undefined;
  try {
    picture = vips.Image.newFromSource(file, '', {
      fail_on: 'error',
      // Rows go through as they are decoded; else all of it would be held once more.
      access: 'sequential',
      ...options,
    });
    return use(picture);
  } catch (error) {
    throw inWords(error);
  } finally {
    picture?.delete();
  }
}

/** Of libvips's lines the first that says more than which call failed. */
function inWords(error: unknown): unknown {
  if (error instanceof Error) return error;
  // An exception of WebAssembly: its type and what libvips says.
  const [, said = String(error)] = (error as { message?: string[] }).message ?? [];
  const lines = said.trim().split('\n');
  const telling = lines.find((line) => !/^unable to|known format/.test(line));
  return unreadable(telling?.replace(/^[\w ]+: /, '') ?? 'it is damaged');
}

/** Bands of a pixel that are colour or grey: what follows them is transparency. */
const CHANNELS: Readonly<Record<string, Channels>> = {
  'b-w': 1,
  grey16: 1,
  srgb: 3,
  rgb16: 3,
  cmyk: 3,
};

function headerOf(picture: Picture, format: Format): PageHeader {
  const { bands, interpretation } = picture;
  const channels = CHANNELS[interpretation];
  const isKnown = channels !== undefined && bands <= 4 && !(isCmyk(picture) && format !== 'JPEG');
  if (!isKnown)
    throw unreadable(
      `its colours are of a kind that is not read (${interpretation}, ${bands} values a pixel)`,
    );
  const bits = picture.format === 'uchar' ? 8 : picture.format === 'ushort' ? 16 : undefined;
  if (bits === undefined)
    throw unreadable(
      `its values are of the type ${picture.format}; 8 and 16 bits without a sign are read`,
    );
  return { ...sizeOf(picture), channels, bits: channels === 1 ? bits : 8 };
}

/** As it is displayed. */
function sizeOf(picture: Picture): Pick<PageHeader, 'columns' | 'rows'> {
  const { width, height } = picture;
  return orientationOf(picture) >= 5
    ? { columns: height, rows: width }
    : { columns: width, rows: height };
}

const isCmyk = ({ interpretation }: Picture): boolean => interpretation === 'cmyk';

/** Of EXIF, 1 … 8. */
const orientationOf = (picture: Picture): number =>
  picture.getTypeof('orientation') === 0 ? 1 : picture.getInt('orientation');

/** Grey is repeated where three channels are asked for; of colour, one channel is its brightness. */
function inChannels(
  vips: VipsModule,
  picture: Picture,
  format: Format,
  wanted: Channels,
): Uint8Array | Uint16Array {
  const steps = [picture];
  const last = (): Picture => steps.at(-1)!;
  try {
    // To turn it needs all rows.
    if (orientationOf(picture) > 1) steps.push(picture.copyMemory());
    if (orientationOf(picture) > 1) steps.push(last().autorot());
    const bands = isCmyk(picture) ? 4 : picture.bands <= 2 ? 1 : 3;
    if (picture.bands > bands) steps.push(last().extractBand(0, { n: bands }));
    const isColour = bands > 1 || wanted === 3;
    if (isColour && picture.format === 'ushort')
      steps.push(last().maplut(eightOfSixteen(vips, format)));
    const values = last().writeToMemory() as Uint8Array | Uint16Array;
    if (bands === 1) return wanted === 1 ? values : repeated(values);
    const colours = isCmyk(picture) ? rgbOfCmyk(values) : (values as Uint8Array);
    return wanted === 1 ? brightnessOf(colours) : colours;
  } finally {
    for (const step of steps.slice(1)) step.delete();
  }
}

const tables = new Map<Format, Picture>();

/** As OpenCV's IMREAD_COLOR has it, which leaves it to libpng and libtiff: for each value one of 8 bits. */
function eightOfSixteen(vips: VipsModule, format: Format): Picture {
  const made = tables.get(format);
  if (made !== undefined) return made;
  const eight = (value: number): number =>
    format === 'PNG' ? value >> 8 : Math.floor((value + 128) / 257);
  const values = Uint8Array.from({ length: 2 ** 16 }, (_, value) => eight(value));
  const table = vips.Image.newFromMemory(values, values.length, 1, 1, vips.BandFormat.uchar);
  tables.set(format, table);
  return table;
}

function repeated(grey: Uint8Array | Uint16Array): Uint8Array {
  const colours = new Uint8Array(grey.length * 3);
  for (let n = 0, at = 0; n < grey.length; n++) {
    colours[at++] = grey[n]!;
    colours[at++] = grey[n]!;
    colours[at++] = grey[n]!;
  }
  return colours;
}

/**
 * As libpng does it for OpenCV's IMREAD_GRAYSCALE, with weights of 15 bits. Of a JPEG OpenCV takes the
 * brightness that is stored, which differs by 1 where colours were rounded; not where they are all grey.
 */
function brightnessOf(colours: Uint8Array): Uint8Array {
  const grey = new Uint8Array(colours.length / 3);
  for (let from = 0, to = 0; to < grey.length; from += 3, to++) {
    const [r, g, b] = [colours[from]!, colours[from + 1]!, colours[from + 2]!];
    grey[to] = r === g && g === b ? r : (9798 * r + 19235 * g + 3735 * b) >> 15;
  }
  return grey;
}

/**
 * As OpenCV converts it, without a colour profile: the values as they are stored, of which libvips gives
 * the complement.
 */
function rgbOfCmyk(cmyk: Uint8Array | Uint16Array): Uint8Array {
  const colours = new Uint8Array((cmyk.length / 4) * 3);
  for (let from = 0, to = 0; from < cmyk.length; from += 4, to += 3) {
    const k = 255 - cmyk[from + 3]!;
    for (let c = 0; c < 3; c++) colours[to + c] = k - ((cmyk[from + c]! * k) >> 8);
  }
  return colours;
}
