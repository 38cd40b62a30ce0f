/*
 * Written here because dicom-character-set 1.0.5 throws where a term is unknown to it (also ISO_IR 203,
 * which is in the standard) or an escape sequence is damaged, and replaces accented letters of files
 * that declare nothing: a series would be lost, or its name, for one odd text.
 */

/** Defined terms of Specific Character Set (PS3.3 C.12.1.1.2) and the decoder for each. */
const DECODERS: Readonly<Record<string, string>> = {
  'ISO_IR 6': 'latin1',
  'ISO_IR 13': 'shift_jis',
  'ISO_IR 100': 'iso-8859-1',
  'ISO_IR 101': 'iso-8859-2',
  'ISO_IR 109': 'iso-8859-3',
  'ISO_IR 110': 'iso-8859-4',
  'ISO_IR 126': 'iso-8859-7',
  'ISO_IR 127': 'iso-8859-6',
  'ISO_IR 138': 'iso-8859-8',
  'ISO_IR 144': 'iso-8859-5',
  'ISO_IR 148': 'iso-8859-9',
  'ISO_IR 166': 'windows-874',
  'ISO_IR 192': 'utf-8',
  'ISO_IR 203': 'iso-8859-15',
  'ISO 2022 IR 87': 'iso-2022-jp',
  'ISO 2022 IR 149': 'euc-kr',
  'ISO 2022 IR 159': 'iso-2022-jp',
  'ISO 2022 IR 58': 'gbk',
  GB18030: 'gb18030',
  GBK: 'gbk',
};

/**
 * Text of an element by Specific Character Set (0008,0005), whose values are parted by a backslash.
 * Of several sets, as ISO 2022 has them, the escape sequences of Japanese are followed and those of
 * Korean and Chinese, which choose one set for the rest, are dropped. An unknown set is read as
 * Latin-1.
 */
export function decodeText(bytes: Uint8Array, characterSet: string): string {
  const terms = characterSet.split('\\').map((term) => term.trim());
  const term =
    terms.find((t) => t.startsWith('ISO 2022 IR') && t in DECODERS) ?? terms.find((t) => t !== '');
  const charset = term?.replace(/^ISO 2022 IR (?!87|149|159|58$)/, 'ISO_IR ') ?? 'ISO_IR 6';
  const decoder = DECODERS[charset] ?? 'latin1';
  const plain = decoder === 'iso-2022-jp' ? bytes : withoutEscapes(bytes);
  return new TextDecoder(decoder)
    .decode(plain)
    .replace(/[\0 ]+$/, '')
    .trimStart();
}

/** ESC, intermediate bytes 20H–2FH, one final byte: ISO/IEC 2022. */
function withoutEscapes(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(0x1b)) return bytes;
  const kept: number[] = [];
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] !== 0x1b) {
      kept.push(bytes[i]!);
      continue;
    }
    do i++;
    while (i < bytes.length && bytes[i]! >= 0x20 && bytes[i]! <= 0x2f);
  }
  return Uint8Array.from(kept);
}
