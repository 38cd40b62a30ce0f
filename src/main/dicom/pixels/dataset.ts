import { MarginaliaError } from '../../../shared/errors.ts';
import {
  isVr,
  PIXELS,
  readElements,
  readHead,
  truncatedHeader,
  type Coding,
  type Elements,
} from '../elements.ts';
import { inMemory, type PixelBytes } from './bytes.ts';
import { inflate } from './inflate.ts';
import { transferSyntax, type PixelCoding } from './transfer-syntaxes.ts';

/** Of a file that ends before it should. */
export const truncated = (message: string): MarginaliaError =>
  new MarginaliaError(
    'truncated-file',
    message,
    'The file is incomplete: copy or export it again from its source.',
  );

/** Where an element's value lies. */
export interface ElementSpan {
  /** Two letters; '' where the encoding does not say (implicit VR). */
  readonly vr: string;
  readonly offset: number;
  /** Undefined for undefined length (FFFFFFFFH). */
  readonly length: number | undefined;
}

/** A file's data set up to and with its pixels, whose value need not be whole. */
export interface PixelDataSet {
  readonly name: string;
  readonly transferSyntax: string;
  readonly pixelCoding: PixelCoding;
  readonly coding: Coding;
  /** What the spans point into, up to the pixels at least: the file, or what a deflated file inflates to. */
  readonly view: DataView;
  /** All of that. */
  readonly bytes: PixelBytes;
  readonly elements: Elements;
}

const TRANSFER_SYNTAX = 'x00020010';
const IMPLICIT_LITTLE = '1.2.840.10008.1.2';
const EXPLICIT_LITTLE = '1.2.840.10008.1.2.1';
const EXPLICIT_BIG = '1.2.840.10008.1.2.2';
/** A small deflated file may claim anything: no more than this is inflated. */
const MAX_INFLATED = 2 ** 30;

/**
 * Finds the pixel module of a DICOM file: with or without preamble and File Meta Information
 * (PS3.10 section 7.1), in any transfer syntax.
 * @throws MarginaliaError `not-dicom`, `truncated-file`, `corrupt-file`, `unknown-transfer-syntax`.
 */
export async function openDataSet(bytes: Uint8Array, name: string): Promise<PixelDataSet> {
  const meta = readMeta(bytes, name);
  const declared = meta.transferSyntax;
  const pixelCoding = declared === undefined ? 'native' : transferSyntax(declared).coding;
  if (pixelCoding === undefined) throw unreadableSyntax(declared ?? '', name);
  const deflated = pixelCoding === 'deflated';
  const body = deflated ? await inflate(bytes.subarray(meta.end), MAX_INFLATED, name) : bytes;
  const start = deflated ? 0 : meta.end;
  const coding = codingOf(declared, body, start, name);
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const elements = readToPixels(body, start, coding, name);
  return {
    name,
    transferSyntax: declared ?? uidOf(coding),
    pixelCoding,
    coding,
    view,
    bytes: inMemory(body),
    elements,
  };
}

/**
 * Elements up to and with those of the pixels, of which only the head is read.
 * @throws MarginaliaError `truncated-file`.
 */
export function readToPixels(
  body: Uint8Array,
  start: number,
  coding: Coding,
  name: string,
): Elements {
  const { elements, end } = readElements(body, start, coding, name, (tag) => PIXELS.has(tag));
  if (end >= body.length) return elements;
  try {
    const pixels = readHead(body, end, coding);
    return { ...elements, [pixels.tag]: pixels };
  } catch (cause) {
    throw truncatedHeader(name, cause);
  }
}

export function spanOf({ elements }: PixelDataSet, tag: string): ElementSpan | undefined {
  const element = elements[tag];
  if (element === undefined) return undefined;
  const { vr = '', dataOffset: offset, length, hadUndefinedLength } = element;
  return { vr, offset, length: hadUndefinedLength ? undefined : length };
}

/** @returns the value as text without padding, '' where it is missing. */
export function text(set: PixelDataSet, tag: string): string {
  const span = spanOf(set, tag);
  return span === undefined ? '' : textAt(set.view, span);
}

/** @returns a value of an US element, the first one unless told. */
export function unsigned(set: PixelDataSet, tag: string, index = 0): number | undefined {
  const span = spanOf(set, tag);
  if (span?.length === undefined || span.length < 2 * index + 2) return undefined;
  return set.view.getUint16(span.offset + 2 * index, set.coding.littleEndian);
}

function unreadableSyntax(uid: string, name: string): MarginaliaError {
  return new MarginaliaError(
    'unknown-transfer-syntax',
    `${name} uses transfer syntax ${uid} (${transferSyntax(uid).name}), which is not read here.`,
    'Convert it to Explicit VR Little Endian, for example with dcmconv, dcmdjpeg or gdcmconv --raw.',
  );
}

function textAt(view: DataView, { offset, length = 0 }: Omit<ElementSpan, 'vr'>): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + offset, Math.min(length, 1024));
  return String.fromCharCode(...bytes)
    .replace(/[\0\s]+$/, '')
    .trim();
}

/** File Meta Information is explicit little endian whatever follows: PS3.10 section 7.1. */
export function readMeta(
  bytes: Uint8Array,
  name: string,
): { readonly transferSyntax: string | undefined; readonly end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const preamble =
    bytes.length >= 132 && String.fromCharCode(...bytes.subarray(128, 132)) === 'DICM';
  const start = preamble ? 132 : 0;
  if (bytes.length < start + 8 || (!preamble && !startsDataSet(view))) {
    throw new MarginaliaError(
      'not-dicom',
      `${name} is not a DICOM file.`,
      'Give DICOM files: they have "DICM" at byte 128, or begin with a DICOM element.',
    );
  }
  const coding = { explicit: isVr(bytes, start + 4), littleEndian: true };
  const meta = readElements(bytes, start, coding, name, (tag) => !tag.startsWith('x0002'));
  const element = meta.elements[TRANSFER_SYNTAX];
  const uid = element && textAt(view, { offset: element.dataOffset, length: element.length });
  return { transferSyntax: uid === '' ? undefined : uid, end: meta.end };
}

/** Whether the first bytes are an element of group 0002 or 0008, in either byte order. */
function startsDataSet(view: DataView): boolean {
  const big = view.getUint8(0) === 0;
  const group = view.getUint16(0, !big);
  if (group !== 0x0002 && group !== 0x0008) return false;
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  try {
    const first = readHead(bytes, 0, { explicit: isVr(bytes, 4), littleEndian: !big });
    return first.dataOffset + (first.hadUndefinedLength ? 0 : first.length) <= bytes.length;
  } catch {
    return false;
  }
}

/** The declared coding, unless the first element is plainly written otherwise. */
export function codingOf(
  declared: string | undefined,
  body: Uint8Array,
  start: number,
  name: string,
): Coding {
  if (body.length < start + 8) {
    throw truncated(`${name} ends after its file meta information.`);
  }
  const big = declared === undefined ? body[start] === 0 : declared === EXPLICIT_BIG;
  return { explicit: isVr(body, start + 4), littleEndian: !big };
}

function uidOf({ explicit, littleEndian }: Coding): string {
  if (!littleEndian) return EXPLICIT_BIG;
  return explicit ? EXPLICIT_LITTLE : IMPLICIT_LITTLE;
}
