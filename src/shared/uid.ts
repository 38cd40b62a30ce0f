/** A DICOM UID of 128 bits: the root 2.25 and the number (PS3.5 B.2). @param hex 32 digits. */
export const uidOf = (hex: string): string => `2.25.${BigInt(`0x${hex}`)}`;
