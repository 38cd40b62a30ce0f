/** What a compressed image says of itself before it is decoded. */
export interface StreamHeader {
  readonly coder: 'jpeg' | 'jpeg-ls' | 'jpeg-2000' | 'htj2k';
  readonly columns: number;
  readonly rows: number;
  readonly components: number;
  /** Bits a sample. */
  readonly precision: number;
  readonly signed: boolean;
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
  };
}

/** The frame header, SOFn: ISO/IEC 10918-1 B.2.2; SOF55 of JPEG-LS: 14495-1 C.2.2. */
function jpegHeader(view: DataView): StreamHeader | undefined {
  let at = 2;
  for (;;) {
    // Any number of fill bytes FF may come before a marker.
    const marker = view.getUint8(at + 1);
    if (view.getUint8(at) !== 0xff) return undefined;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame || marker === 0xf7) {
      return {
        coder: marker === 0xf7 ? 'jpeg-ls' : 'jpeg',
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
