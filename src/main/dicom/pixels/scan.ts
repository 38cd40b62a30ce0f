import { MarginaliaError } from '../../../shared/errors.ts';

/** Where an element's value lies. `length` is undefined for undefined length (FFFFFFFFH). */
export interface ElementSpan {
  /** Two letters; '' where the encoding does not say (implicit VR). */
  readonly vr: string;
  readonly offset: number;
  readonly length: number | undefined;
}

/** How the elements of a data set are encoded: PS3.5 section 7.1 and Annex A. */
export interface Coding {
  readonly explicit: boolean;
  readonly littleEndian: boolean;
}

/** Value Representations with a 16-bit length: PS3.5 table 7.1-2. All others have 32 bits. */
const SHORT_VRS = new Set(
  'AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US'.split(' '),
);
const UNDEFINED_LENGTH = 0xffffffff;
const ITEM = 0xfffee000;
const ITEM_END = 0xfffee00d;
const SEQUENCE_END = 0xfffee0dd;
/** Deeper nesting than any information object has; keeps a hostile file off the stack's end. */
const MAX_DEPTH = 64;

const IMPLICIT: Coding = { explicit: false, littleEndian: true };

interface Element extends ElementSpan {
  readonly tag: number;
}

export function isVr(bytes: Uint8Array, offset: number): boolean {
  const letter = (byte: number | undefined): boolean =>
    byte !== undefined && byte >= 0x41 && byte <= 0x5a;
  return letter(bytes[offset]) && letter(bytes[offset + 1]);
}

/** One element's tag, VR and length: PS3.5 section 7.1. Undefined at the end of the bytes. */
export function readElement(view: DataView, at: number, coding: Coding): Element | undefined {
  if (at + 8 > view.byteLength) return undefined;
  const little = coding.littleEndian;
  const tag = view.getUint16(at, little) * 0x10000 + view.getUint16(at + 2, little);
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  // Items have no VR; an element without one inside an explicit data set is taken as implicit.
  if (!coding.explicit || tag >= 0xfffe0000 || !isVr(bytes, at + 4)) {
    return { tag, vr: '', offset: at + 8, length: lengthAt(view, at + 4, little) };
  }
  const vr = String.fromCharCode(bytes[at + 4]!, bytes[at + 5]!);
  if (SHORT_VRS.has(vr)) {
    return { tag, vr, offset: at + 8, length: view.getUint16(at + 6, little) };
  }
  if (at + 12 > view.byteLength) return undefined;
  return { tag, vr, offset: at + 12, length: lengthAt(view, at + 8, little) };
}

function lengthAt(view: DataView, at: number, little: boolean): number | undefined {
  const length = view.getUint32(at, little);
  return length === UNDEFINED_LENGTH ? undefined : length;
}

/**
 * The elements of a data set's top level that `wanted` asks for, up to and with the first one that
 * `stopsAt` names, whose value need not be whole; nested data sets are passed over. `end` is where
 * that element begins.
 * @throws MarginaliaError `truncated-file`, `corrupt-file` where an element before the last does
 *   not end inside the bytes.
 */
export function scanElements(
  view: DataView,
  start: number,
  coding: Coding,
  name: string,
  { wanted, stopsAt }: Record<'wanted' | 'stopsAt', (tag: number) => boolean>,
): { readonly elements: ReadonlyMap<number, ElementSpan>; readonly end: number } {
  const elements = new Map<number, ElementSpan>();
  let at = start;
  for (;;) {
    const element = readElement(view, at, coding);
    if (element === undefined) {
      // A few zeros after the last element are padding; anything else is the start of a next one.
      const rest = new Uint8Array(view.buffer, view.byteOffset + at, view.byteLength - at);
      if (rest.some((byte) => byte !== 0)) throw truncatedHeader(name);
      return { elements, end: at };
    }
    if (wanted(element.tag)) elements.set(element.tag, element);
    if (stopsAt(element.tag)) return { elements, end: at };
    at = elementEnd(view, element, coding, name, 0);
    if (at > view.byteLength) throw truncatedHeader(name);
  }
}

function elementEnd(
  view: DataView,
  element: Element,
  coding: Coding,
  name: string,
  depth: number,
): number {
  if (element.length !== undefined) return element.offset + element.length;
  if (depth > MAX_DEPTH) {
    throw new MarginaliaError(
      'corrupt-file',
      `${name} nests sequences more than ${MAX_DEPTH} deep.`,
      'The file is damaged: export it again from its source.',
    );
  }
  // UN of undefined length holds implicit little endian items: PS3.5 section 6.2.2.
  const inner = element.vr === 'UN' ? IMPLICIT : coding;
  let at = element.offset;
  for (;;) {
    const item = readElement(view, at, inner);
    if (item === undefined) throw truncatedHeader(name);
    if (item.tag === SEQUENCE_END) return item.offset;
    if (item.tag !== ITEM) {
      throw new MarginaliaError(
        'corrupt-file',
        `${name} has something other than an item in a sequence (at byte ${at}).`,
        'The file is damaged: export it again from its source.',
      );
    }
    at = item.length === undefined ? itemEnd(view, item, inner, name, depth) : end(item);
    if (at > view.byteLength) throw truncatedHeader(name);
  }
}

const end = (element: Element): number => element.offset + (element.length ?? 0);

function itemEnd(
  view: DataView,
  item: Element,
  coding: Coding,
  name: string,
  depth: number,
): number {
  let at = item.offset;
  for (;;) {
    const element = readElement(view, at, coding);
    if (element === undefined) throw truncatedHeader(name);
    if (element.tag === ITEM_END) return element.offset;
    at = elementEnd(view, element, coding, name, depth + 1);
    if (at > view.byteLength) throw truncatedHeader(name);
  }
}

function truncatedHeader(name: string): MarginaliaError {
  return new MarginaliaError(
    'truncated-file',
    `${name} ends inside its header.`,
    'The file is incomplete: copy or export it again from its source.',
  );
}
