import { MarginaliaError } from '../../../shared/errors.ts';
import { inflate } from './inflate.ts';
import { isVr, readElement, scanElements, type Coding, type ElementSpan } from './scan.ts';
import { transferSyntax, type PixelCoding } from './transfer-syntaxes.ts';

/** The part of a file's data set that describes and holds pixels: groups 0028 and 7FE0. */
export interface PixelDataSet {
  readonly name: string;
  readonly transferSyntax: string;
  readonly pixelCoding: PixelCoding;
  readonly coding: Coding;
  /** What the spans point into: the file, or what a deflated file inflates to. */
  readonly view: DataView;
  readonly elements: ReadonlyMap<number, ElementSpan>;
}

const TRANSFER_SYNTAX = 0x00020010;
const FLOAT_PIXEL_DATA = 0x7fe00008;
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
  const { elements } = scanElements(view, start, coding, name, {
    wanted: (tag) => tag >>> 16 === 0x0028 || tag >>> 16 === 0x7fe0,
    stopsAt: (tag) => tag >= FLOAT_PIXEL_DATA,
  });
  return { name, transferSyntax: declared ?? uidOf(coding), pixelCoding, coding, view, elements };
}

/** @returns the value as text without padding, '' where it is missing. */
export function text(set: PixelDataSet, tag: number): string {
  const element = set.elements.get(tag);
  if (element === undefined) return '';
  return textAt(set.view, element);
}

/** @returns the first value of an US element. */
export function unsigned(set: PixelDataSet, tag: number): number | undefined {
  const element = set.elements.get(tag);
  if (element?.length === undefined || element.length < 2) return undefined;
  return set.view.getUint16(element.offset, set.coding.littleEndian);
}

function unreadableSyntax(uid: string, name: string): MarginaliaError {
  return new MarginaliaError(
    'unknown-transfer-syntax',
    `${name} uses transfer syntax ${uid} (${transferSyntax(uid).name}), which is not read here.`,
    'Convert it to Explicit VR Little Endian, for example with dcmconv, dcmdjpeg or gdcmconv --raw.',
  );
}

function textAt(view: DataView, { offset, length = 0 }: ElementSpan): string {
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
  const meta = scanElements(view, start, coding, name, {
    wanted: (tag) => tag === TRANSFER_SYNTAX,
    stopsAt: (tag) => tag > 0x0002ffff,
  });
  const element = meta.elements.get(TRANSFER_SYNTAX);
  const uid = element && textAt(view, element);
  return { transferSyntax: uid === '' ? undefined : uid, end: meta.end };
}

/** Whether the first bytes are an element of group 0002 or 0008, in either byte order. */
function startsDataSet(view: DataView): boolean {
  const big = view.getUint8(0) === 0;
  const group = view.getUint16(0, !big);
  if (group !== 0x0002 && group !== 0x0008) return false;
  const coding = { explicit: isVr(bytesOf(view), 4), littleEndian: !big };
  const first = readElement(view, 0, coding);
  return first !== undefined && first.offset + (first.length ?? 0) <= view.byteLength;
}

const bytesOf = (view: DataView): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

/** The declared coding, unless the first element is plainly written otherwise. */
export function codingOf(
  declared: string | undefined,
  body: Uint8Array,
  start: number,
  name: string,
): Coding {
  if (body.length < start + 8) {
    throw new MarginaliaError(
      'truncated-file',
      `${name} ends after its file meta information.`,
      'The file is incomplete: copy or export it again from its source.',
    );
  }
  const big = declared === undefined ? body[start] === 0 : declared === EXPLICIT_BIG;
  return { explicit: isVr(body, start + 4), littleEndian: !big };
}

function uidOf({ explicit, littleEndian }: Coding): string {
  if (!littleEndian) return EXPLICIT_BIG;
  return explicit ? EXPLICIT_LITTLE : IMPLICIT_LITTLE;
}
