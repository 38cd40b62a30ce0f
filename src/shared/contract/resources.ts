/**
 * Bulk data by address, the same on both hosts: below the page's origin (web) or the
 * application's own scheme (desktop).
 */

/** Where a browser opens the WebSocket that carries `ToMain` and `FromMain`, see codec.ts. */
export const SOCKET_PATH = '/socket';

/**
 * Voxels of a stack that is open or being opened: raw, little-endian, i fastest, of
 * `VolumeInfo.voxelType`; slice after slice from the middle outwards (`outwards`), as they are
 * decoded. It breaks off where a later slice needs a wider type than the first: ask again when the
 * stack is open.
 */
export const volumePath = (stack: string): string => `/data/volume/${encodeURIComponent(stack)}`;

/**
 * Where a file of a drop is put (`PUT`), as it is.
 * @param path below what was dropped, with slashes.
 */
export const dropPath = (drop: string, path: string): string =>
  `/data/drop/${encodeURIComponent(drop)}?path=${encodeURIComponent(path)}`;

/** PNG of the middle slice of a stack that need not be opened. */
export const thumbnailPath = (stack: string): string =>
  `/data/thumbnail/${encodeURIComponent(stack)}`;
