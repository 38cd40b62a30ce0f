import Vips from 'wasm-vips';
import type { Channels } from '../../../shared/image/index.ts';
import { unreadable, type Page, type PageHeader } from './page.ts';

type Format = 'PNG' | 'JPEG' | 'TIFF';
type VipsModule = Awaited<ReturnType<typeof Vips>>;
type Picture = InstanceType<VipsModule['Image']>;

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
  const first = withPage(vips, bytes, format, 0, (page) => ({
    header: headerOf(page, format),
    pages: format === 'TIFF' ? page.getInt('n-pages') : 1,
  }));
  if (first.pages > MOST_PAGES)
    throw unreadable(`it has ${first.pages} pages; up to ${MOST_PAGES} are read`);
  const others = Array.from({ length: first.pages - 1 }, (_, n) =>
    withPage(vips, bytes, format, n + 1, (page) => headerOf(page, format)),
  );
  return [first.header, ...others];
}

/** Values of some pages. @throws as `vipsHeaders`. */
export async function decodeByVips(
  bytes: Uint8Array,
  format: Format,
  pages: readonly number[],
  channels: Channels,
): Promise<Page[]> {
  const vips = await openVips();
  return pages.map((n) =>
    withPage(vips, bytes, format, n, (page) => {
      const { columns, rows } = headerOf(page, format);
      const turned = page.autorot();
      try {
        return { columns, rows, values: inChannels(turned, format, channels) };
      } finally {
        turned.delete();
      }
    }),
  );
}

function withPage<T>(
  vips: VipsModule,
  bytes: Uint8Array,
  format: Format,
  page: number,
  use: (picture: Picture) => T,
): T {
  let picture: Picture | undefined;
  try {
    picture = vips.Image.newFromBuffer(bytes, '', {
      fail_on: 'error',
      ...(format === 'TIFF' && { page }),
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
  const { width, height, bands, interpretation } = picture;
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
  const orientation = picture.getTypeof('orientation') === 0 ? 1 : picture.getInt('orientation');
  const [columns, rows] = orientation >= 5 ? [height, width] : [width, height];
  return { columns, rows, channels, bits: channels === 1 ? bits : 8 };
}

const isCmyk = ({ interpretation }: Picture): boolean => interpretation === 'cmyk';

/** Grey is repeated where three channels are asked for; of colour, one channel is its brightness. */
function inChannels(picture: Picture, format: Format, wanted: Channels): Uint8Array | Uint16Array {
  const stored = picture.writeToMemory() as Uint8Array | Uint16Array;
  const { bands } = picture;
  if (bands <= 2 && wanted === 1) return bands === 1 ? stored : everyBand(stored, bands);
  const colours = isCmyk(picture) ? rgbOfCmyk(stored) : rgbOf(stored, bands, format);
  return wanted === 1 ? brightnessOf(colours) : colours;
}

function rgbOf(stored: Uint8Array | Uint16Array, bands: number, format: Format): Uint8Array {
  if (bands === 3 && stored instanceof Uint8Array) return stored;
  const to8 = stored instanceof Uint16Array ? EIGHT_OF_SIXTEEN[format] : same;
  const colours = new Uint8Array((stored.length / bands) * 3);
  const isGrey = bands <= 2;
  for (let from = 0, to = 0; from < stored.length; from += bands, to += 3) {
    colours[to] = to8(stored[from]!);
    colours[to + 1] = to8(stored[from + (isGrey ? 0 : 1)]!);
    colours[to + 2] = to8(stored[from + (isGrey ? 0 : 2)]!);
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

const same = (value: number): number => value;

/** As OpenCV's IMREAD_COLOR has it, which leaves it to libpng and libtiff. */
const EIGHT_OF_SIXTEEN: Readonly<Record<Format, (value: number) => number>> = {
  PNG: (value) => value >> 8,
  TIFF: (value) => Math.floor((value + 128) / 257),
  // Has none.
  JPEG: same,
};

function everyBand<T extends Uint8Array | Uint16Array>(stored: T, bands: number): T {
  const values = stored.slice(0, stored.length / bands) as T;
  for (let n = 0; n < values.length; n++) values[n] = stored[n * bands]!;
  return values;
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
