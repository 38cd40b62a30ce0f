import type { Channels } from '../../../shared/image/index.ts';
import type { PictureFormat } from '../format.ts';
import { bmpHeader, decodeBmp } from './bmp.ts';
import type { Page, PageHeader, PageRange } from './page.ts';
import { decodeByVips, vipsHeaders } from './vips.ts';

/** What the pictures of a file are. @throws MarginaliaError, in words. */
export async function headersOf(bytes: Uint8Array, format: PictureFormat): Promise<PageHeader[]> {
  return format === 'BMP' ? [bmpHeader(bytes)] : vipsHeaders(bytes, format);
}

/** Values of pages of a file, in one channel or three. @throws MarginaliaError, in words. */
export async function decodePages(
  bytes: Uint8Array,
  format: PictureFormat,
  pages: PageRange,
  channels: Channels,
): Promise<Page[]> {
  return format === 'BMP'
    ? [decodeBmp(bytes, channels)]
    : decodeByVips(bytes, format, pages, channels);
}
