import dicomParser from 'dicom-parser';
import { MarginaliaError } from '../../shared/errors.ts';

export type Element = dicomParser.Element;
/** By tag: `x`, then group and element, hexadecimal. */
export type Elements = Readonly<Record<string, Element>>;

/** How the elements of a data set are encoded: PS3.5 section 7.1 and Annex A. */
export interface Coding {
  readonly explicit: boolean;
  readonly littleEndian: boolean;
}

/** Float, Double Float and integer Pixel Data. */
export const PIXELS: ReadonlySet<string> = new Set(['x7fe00008', 'x7fe00009', 'x7fe00010']);

export function isVr(bytes: Uint8Array, at: number): boolean {
  const isLetter = (byte: number | undefined): boolean =>
    byte !== undefined && byte >= 0x41 && byte <= 0x5a;
  return isLetter(bytes[at]) && isLetter(bytes[at + 1]);
}

export const byteParser = ({ littleEndian }: Coding): dicomParser.ByteArrayParser =>
  littleEndian ? dicomParser.littleEndianByteArrayParser : dicomParser.bigEndianByteArrayParser;

/** OV, SV or UV: dicom-parser 1.8 takes their length to have 16 bits; it has 32 (PS3.5 table 7.1-1). */
const isLongVr = (bytes: Uint8Array, at: number): boolean =>
  ['OV', 'SV', 'UV'].includes(String.fromCharCode(bytes[at] ?? 0, bytes[at + 1] ?? 0));

/**
 * The elements of a data set's top level, sequences with their items, in front of the first one that
 * `stopsAt` names. `end` is where that element begins, or where the bytes end.
 * @throws MarginaliaError `truncated-file` where an element does not end inside the bytes.
 */
export function readElements(
  bytes: Uint8Array,
  start: number,
  coding: Coding,
  name: string,
  stopsAt: (tag: string) => boolean,
): { readonly elements: Elements; readonly end: number } {
  const elements: Record<string, Element> = {};
  try {
    const stream = new dicomParser.ByteStream(byteParser(coding), bytes, start);
    for (;;) {
      const at = stream.position;
      // A few zeros behind the last element are padding.
      const isPadding = at + 8 > bytes.length && bytes.subarray(at).every((byte) => byte === 0);
      if (isPadding && at <= bytes.length) return { elements, end: at };
      if (stopsAt(peekTag(stream))) return { elements, end: at };
      const isLong = coding.explicit && isLongVr(bytes, at + 4);
      const element = isLong ? readHead(bytes, at, coding) : readElement(stream, coding);
      if (isLong) stream.seek(element.dataOffset + element.length - at);
      // Of a sequence without an end it only warns; harmless is its warning of an empty last element.
      if (stream.warnings.some((text) => !text.includes('peeking'))) throw truncatedHeader(name);
      elements[element.tag] = element;
    }
  } catch (cause) {
    // dicom-parser throws strings; most often it has read past the end.
    throw truncatedHeader(name, cause);
  }
}

/**
 * An element's tag, VR and length.
 * @throws what dicom-parser throws where the bytes end before.
 */
export function readHead(bytes: Uint8Array, at: number, coding: Coding): Element {
  const stream = new dicomParser.ByteStream(byteParser(coding), bytes, at);
  const head = readElement(stream, coding, peekTag(stream));
  if (!coding.explicit || !isLongVr(bytes, at + 4)) return head;
  stream.seek(at + 8 - stream.position);
  return { ...head, length: stream.readUint32(), dataOffset: at + 12 };
}

function peekTag(stream: dicomParser.ByteStream): string {
  const tag = dicomParser.readTag(stream);
  stream.seek(-4);
  return tag;
}

const readElement = (
  stream: dicomParser.ByteStream,
  { explicit }: Coding,
  untilTag?: string,
): Element =>
  explicit
    ? dicomParser.readDicomElementExplicit(stream, stream.warnings, untilTag)
    : dicomParser.readDicomElementImplicit(stream, untilTag);

/** The error of a file whose header does not end inside it. */
export function truncatedHeader(name: string, cause?: unknown): MarginaliaError {
  return new MarginaliaError(
    'truncated-file',
    `${name} ends inside its header, or its header is damaged.`,
    'The file is incomplete: copy or export it again from its source.',
    { cause },
  );
}
