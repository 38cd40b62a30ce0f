/**
 * How pixel data are encoded: plainly, plainly in a deflated file, frame by frame deflated or
 * run-length encoded, or as JPEG family codestreams, which say themselves which of it they are.
 */
export type PixelCoding = 'native' | 'deflated' | 'deflated-frames' | 'rle' | 'codestream';

export interface TransferSyntax {
  readonly name: string;
  /** Undefined: known by name, but not read. */
  readonly coding: PixelCoding | undefined;
}

/** PS3.6 table A-1 (UID type Transfer Syntax), with the names used there. */
const SYNTAXES: Readonly<Record<string, readonly [string, PixelCoding?]>> = {
  '1.2.840.10008.1.2': ['Implicit VR Little Endian', 'native'],
  '1.2.840.10008.1.2.1': ['Explicit VR Little Endian', 'native'],
  '1.2.840.10008.1.2.1.98': ['Encapsulated Uncompressed Explicit VR Little Endian'],
  '1.2.840.10008.1.2.1.99': ['Deflated Explicit VR Little Endian', 'deflated'],
  '1.2.840.10008.1.2.2': ['Explicit VR Big Endian', 'native'],
  '1.2.840.10008.1.2.4.50': ['JPEG Baseline (Process 1)', 'codestream'],
  '1.2.840.10008.1.2.4.51': ['JPEG Extended (Process 2 & 4)', 'codestream'],
  '1.2.840.10008.1.2.4.52': ['JPEG Extended (Process 3 & 5)'],
  '1.2.840.10008.1.2.4.53': [
    'JPEG Spectral Selection, Non-Hierarchical (Process 6 & 8)',
    'codestream',
  ],
  '1.2.840.10008.1.2.4.54': ['JPEG Spectral Selection, Non-Hierarchical (Process 7 & 9)'],
  '1.2.840.10008.1.2.4.55': [
    'JPEG Full Progression, Non-Hierarchical (Process 10 & 12)',
    'codestream',
  ],
  '1.2.840.10008.1.2.4.56': ['JPEG Full Progression, Non-Hierarchical (Process 11 & 13)'],
  '1.2.840.10008.1.2.4.57': ['JPEG Lossless, Non-Hierarchical (Process 14)', 'codestream'],
  '1.2.840.10008.1.2.4.58': ['JPEG Lossless, Non-Hierarchical (Process 15)'],
  '1.2.840.10008.1.2.4.70': [
    'JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14 [Selection Value 1])',
    'codestream',
  ],
  '1.2.840.10008.1.2.4.80': ['JPEG-LS Lossless Image Compression', 'codestream'],
  '1.2.840.10008.1.2.4.81': ['JPEG-LS Lossy (Near-Lossless) Image Compression', 'codestream'],
  '1.2.840.10008.1.2.4.90': ['JPEG 2000 Image Compression (Lossless Only)', 'codestream'],
  '1.2.840.10008.1.2.4.91': ['JPEG 2000 Image Compression', 'codestream'],
  '1.2.840.10008.1.2.4.92': ['JPEG 2000 Part 2 Multi-component (Lossless Only)'],
  '1.2.840.10008.1.2.4.93': ['JPEG 2000 Part 2 Multi-component'],
  '1.2.840.10008.1.2.4.94': ['JPIP Referenced'],
  '1.2.840.10008.1.2.4.95': ['JPIP Referenced Deflate'],
  '1.2.840.10008.1.2.4.100': ['MPEG2 Main Profile / Main Level'],
  '1.2.840.10008.1.2.4.101': ['MPEG2 Main Profile / High Level'],
  '1.2.840.10008.1.2.4.102': ['MPEG-4 AVC/H.264 High Profile / Level 4.1'],
  '1.2.840.10008.1.2.4.103': ['MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1'],
  '1.2.840.10008.1.2.4.104': ['MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video'],
  '1.2.840.10008.1.2.4.105': ['MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video'],
  '1.2.840.10008.1.2.4.106': ['MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2'],
  '1.2.840.10008.1.2.4.107': ['HEVC/H.265 Main Profile / Level 5.1'],
  '1.2.840.10008.1.2.4.108': ['HEVC/H.265 Main 10 Profile / Level 5.1'],
  '1.2.840.10008.1.2.4.110': ['JPEG XL Lossless'],
  '1.2.840.10008.1.2.4.111': ['JPEG XL JPEG Recompression'],
  '1.2.840.10008.1.2.4.112': ['JPEG XL'],
  '1.2.840.10008.1.2.4.201': ['High-Throughput JPEG 2000 (Lossless Only)', 'codestream'],
  '1.2.840.10008.1.2.4.202': [
    'High-Throughput JPEG 2000 with RPCL Options (Lossless Only)',
    'codestream',
  ],
  '1.2.840.10008.1.2.4.203': ['High-Throughput JPEG 2000', 'codestream'],
  '1.2.840.10008.1.2.4.204': ['JPIP HTJ2K Referenced'],
  '1.2.840.10008.1.2.4.205': ['JPIP HTJ2K Referenced Deflate'],
  '1.2.840.10008.1.2.5': ['RLE Lossless', 'rle'],
  '1.2.840.10008.1.2.8.1': ['Deflated Image Frame Compression', 'deflated-frames'],
};

/** A transfer syntax by its UID; of a name "not in the standard" where it is private or unheard of. */
export function transferSyntax(uid: string): TransferSyntax {
  const [name, coding] = SYNTAXES[uid] ?? ['not in the standard'];
  return { name, coding };
}
