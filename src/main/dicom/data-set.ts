import { inflateRawSync } from 'node:zlib';
import dicomParser from 'dicom-parser';
import { byteParser, PIXELS, type Elements } from './elements.ts';
import { codingOf, readMeta, readToPixels } from './pixels/dataset.ts';
import { transferSyntax } from './pixels/transfer-syntaxes.ts';
import { decodeText } from './text.ts';

/** Read access to the elements of a data set; tags are written `gggg,eeee`, hexadecimal. */
export interface DataSet {
  /** Decoded by the character set of the file; '' where missing. */
  text(tag: string): string;
  /** All numbers of a DS, IS, US, SS, UL, FL or FD element; empty where missing or no numbers. */
  numbers(tag: string): readonly number[];
  number(tag: string): number | undefined;
  items(tag: string): readonly DataSet[];
  bytes(tag: string): Uint8Array | undefined;
  has(tag: string): boolean;
}

export interface Header {
  readonly dataSet: DataSet;
  readonly transferSyntax: string;
  /** Where Pixel Data end by their own account; undefined where encapsulated or missing. */
  readonly pixelsEnd: number | undefined;
  readonly hasPixels: boolean;
}

/** The class is exported, but its types leave its constructor out. */
const { DataSet: ParsedDataSet } = dicomParser as unknown as {
  DataSet: new (
    parser: dicomParser.ByteArrayParser,
    bytes: Uint8Array,
    elements: Elements,
  ) => dicomParser.DataSet;
};

/** No header is as large; a deflated file may claim anything. */
const MAX_INFLATED = 2 ** 30;

/**
 * The data set of a DICOM file up to its pixels.
 * @param bytes the file or its beginning.
 * @returns undefined where the bytes end before the pixels: more are needed, or the file is
 *   truncated.
 * @throws MarginaliaError `not-dicom`; `corrupt-file`.
 */
export function readHeader(bytes: Uint8Array, name: string): Header | undefined {
  const meta = readMeta(bytes, name);
  const declared = meta.transferSyntax;
  const deflated = declared !== undefined && transferSyntax(declared).coding === 'deflated';
  let body = bytes;
  let start = meta.end;
  if (deflated) {
    try {
      body = inflateRawSync(bytes.subarray(start), { maxOutputLength: MAX_INFLATED });
    } catch {
      return undefined;
    }
    start = 0;
  }
  const coding = codingOf(declared, body, start, name);
  let elements;
  try {
    elements = readToPixels(body, start, coding, name);
  } catch {
    return undefined;
  }
  const parsed = new ParsedDataSet(byteParser(coding), body, elements);
  const pixels = [...PIXELS].map((tag) => elements[tag]).find((element) => element !== undefined);
  return {
    dataSet: accessTo(parsed, parsed.string('x00080005') ?? ''),
    transferSyntax: declared ?? '',
    pixelsEnd:
      pixels === undefined || pixels.hadUndefinedLength || deflated
        ? undefined
        : pixels.dataOffset + pixels.length,
    hasPixels: pixels !== undefined,
  };
}

function accessTo(set: dicomParser.DataSet, characterSet: string): DataSet {
  const key = (tag: string): string => `x${tag.replace(',', '')}`;
  const bytes = (tag: string): Uint8Array | undefined => {
    const element = set.elements[key(tag)];
    if (element === undefined) return undefined;
    return set.byteArray.subarray(
      element.dataOffset,
      element.dataOffset + element.length,
    ) as Uint8Array;
  };
  const numbers = (tag: string): number[] => {
    const element = set.elements[key(tag)];
    if (element === undefined || element.length === 0) return [];
    const binary = BINARY[element.vr ?? IMPLICIT_VR[tag] ?? ''];
    if (binary !== undefined) {
      const count = Math.floor(element.length / binary.size);
      return Array.from({ length: count }, (_, i) => binary.read(set, key(tag), i) ?? NaN);
    }
    const values = decodeText(bytes(tag)!, '').split('\\');
    return values.map((value) => (value.trim() === '' ? NaN : Number(value)));
  };
  return {
    text: (tag) => {
      const value = bytes(tag);
      return value === undefined ? '' : decodeText(value, characterSet);
    },
    numbers: (tag) => {
      const values = numbers(tag);
      return values.every(Number.isFinite) ? values : [];
    },
    number: (tag) => {
      const [value] = numbers(tag);
      return value === undefined || !Number.isFinite(value) ? undefined : value;
    },
    items: (tag) =>
      (set.elements[key(tag)]?.items ?? []).flatMap(({ dataSet }) =>
        dataSet === undefined ? [] : [accessTo(dataSet, characterSet)],
      ),
    bytes,
    has: (tag) => set.elements[key(tag)] !== undefined,
  };
}

interface Binary {
  readonly size: number;
  read(set: dicomParser.DataSet, key: string, index: number): number | undefined;
}

const BINARY: Readonly<Record<string, Binary>> = {
  US: { size: 2, read: (set, key, i) => set.uint16(key, i) },
  SS: { size: 2, read: (set, key, i) => set.int16(key, i) },
  UL: { size: 4, read: (set, key, i) => set.uint32(key, i) },
  SL: { size: 4, read: (set, key, i) => set.int32(key, i) },
  FL: { size: 4, read: (set, key, i) => set.float(key, i) },
  FD: { size: 8, read: (set, key, i) => set.double(key, i) },
};

/** Value representations (PS3.6) of the binary elements read here, for files that do not say. */
const IMPLICIT_VR: Readonly<Record<string, string>> = {
  '0028,0002': 'US',
  '0028,0010': 'US',
  '0028,0011': 'US',
  '0028,0100': 'US',
  '0018,6024': 'US',
  '0018,6026': 'US',
  '0018,602c': 'FD',
  '0018,602e': 'FD',
  '0018,9082': 'FD',
  '0018,9087': 'FD',
  '0018,9089': 'FD',
  '0020,9057': 'UL',
  '0020,9128': 'UL',
  '0020,9153': 'FD',
  '0020,9157': 'UL',
};
