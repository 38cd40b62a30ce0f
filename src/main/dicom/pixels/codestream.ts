/** What a compressed image says of itself before it is decoded. */
export interface StreamHeader {
  readonly coder: 'jpeg' | 'jpeg-ls' | 'jpeg-2000' | 'htj2k';
  readonly columns: number;
  readonly rows: number;
  readonly components: number;
  /** Bits a sample. */
  readonly precision: number;
  readonly signed: boolean;
  /** What three components are once they are decoded; undefined where that is for the data set to say. */
  readonly colours: 'RGB' | 'YBR' | undefined;
  /** Whether the decoder gives one component after the other instead of pixel by pixel. */
  readonly planar: boolean;
}

/**
 * A JPEG 2000 codestream without the JP2 or JPX boxes around it (ISO/IEC 15444-1 I.4), which PS3.5 A.4.4
 * forbids and some programs write; other bytes as they are.
 */
export function withoutBoxes(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength < 12 || view.getUint32(4) !== 0x6a502020) return bytes;
  for (let at = 0; at + 8 <= view.byteLength;) {
    const length = view.getUint32(at);
    const end = length === 0 ? view.byteLength : at + length;
    // jp2c
    if (view.getUint32(at + 4) === 0x6a703263) return bytes.subarray(at + 8, end);
    if (length < 8) break;
    at = end;
  }
  return bytes;
}

/** @returns undefined where the bytes are not a JPEG, JPEG-LS or JPEG 2000 codestream. */
export function readStreamHeader(bytes: Uint8Array): StreamHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength < 4) return undefined;
  try {
    if (view.getUint32(0) === 0xff4fff51) return jpeg2000Header(view);
    return view.getUint16(0) === 0xffd8 ? jpegHeader(view) : undefined;
  } catch (error) {
    // The header runs past the bytes' end.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** SIZ marker segment: ISO/IEC 15444-1 A.5.1; bit 14 of Rsiz: 15444-15 (high throughput). */
function jpeg2000Header(view: DataView): StreamHeader {
  const component = view.getUint8(42);
  return {
    coder: (view.getUint16(6) & 0x4000) === 0 ? 'jpeg-2000' : 'htj2k',
    columns: view.getUint32(8) - view.getUint32(16),
    rows: view.getUint32(12) - view.getUint32(20),
    components: view.getUint16(40),
    precision: (component & 0x7f) + 1,
    signed: (component & 0x80) !== 0,
    // A multiple component transform, which the decoder undoes, is of red, green and blue (G.1).
    colours: hasComponentTransform(view) ? 'RGB' : undefined,
    planar: false,
  };
}

/** The last but one byte of SGcod, in the COD marker segment: 15444-1 A.6.1. */
function hasComponentTransform(view: DataView): boolean {
  for (let at = 2; ; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint16(at);
    if (marker === 0xff52) return view.getUint8(at + 8) === 1;
    // Where tiles begin.
    if (marker === 0xff90) return false;
  }
}

/** The frame header, SOFn: ISO/IEC 10918-1 B.2.2; SOF55 of JPEG-LS: 14495-1 C.2.2. */
function jpegHeader(view: DataView): StreamHeader | undefined {
  let at = 2;
  let adobe: StreamHeader['colours'];
  for (;;) {
    // Any number of fill bytes FF may come before a marker.
    const marker = view.getUint8(at + 1);
    if (view.getUint8(at) !== 0xff) return undefined;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (marker === 0xee) adobe ??= adobeColours(view, at);
    if (isFrame || marker === 0xf7) {
      const next = at + 2 + view.getUint16(at + 2);
      return {
        coder: marker === 0xf7 ? 'jpeg-ls' : 'jpeg',
        colours: adobe ?? (isNamedRgb(view, at + 9) ? 'RGB' : undefined),
        planar: marker === 0xf7 && componentsOfScan(view, next) === 1 && view.getUint8(at + 9) > 1,
        precision: view.getUint8(at + 4),
        rows: view.getUint16(at + 5),
        columns: view.getUint16(at + 7),
        components: view.getUint8(at + 9),
        signed: false,
      };
    }
    // A scan or the image's end before any frame header.
    if (marker === 0xda || marker === 0xd9) return undefined;
    at += 2 + view.getUint16(at + 2);
  }
}

/** The transform that an Adobe marker names (ISO/IEC 10918-6 6.5.3): 0 none, 1 YCbCr; shorter ones do not. */
function adobeColours(view: DataView, at: number): StreamHeader['colours'] {
  const name = Array.from({ length: 5 }, (_, i) => String.fromCharCode(view.getUint8(at + 4 + i)));
  if (name.join('') !== 'Adobe' || view.getUint16(at + 2) < 14) return undefined;
  return view.getUint8(at + 15) === 0 ? 'RGB' : 'YBR';
}

/** Whether the components of a frame header are called R, G and B: libjpeg takes them as that. */
const isNamedRgb = (view: DataView, at: number): boolean =>
  view.getUint8(at) === 3 &&
  [0, 3, 6].map((i) => String.fromCharCode(view.getUint8(at + 1 + i))).join('') === 'RGB';

/** Components of the first scan; undefined where none begins. */
function componentsOfScan(view: DataView, from: number): number | undefined {
  for (let at = from; at + 5 <= view.byteLength; at += 2 + view.getUint16(at + 2)) {
    if (view.getUint8(at + 1) === 0xda) return view.getUint8(at + 4);
  }
  return undefined;
}
