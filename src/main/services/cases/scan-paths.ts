import { progressFrame, type Progress } from '../../../shared/contract/progress.ts';
import { scanImages, type ImageScan } from '../../images/index.ts';
import type { Paths } from '../session/index.ts';

/** Paths without links that a page may use, and what is in them. */
export interface ScannedPaths {
  readonly real: readonly string[];
  readonly scan: ImageScan;
}

/**
 * Reads the headers of all that lies at the paths, as far as pages may use it.
 * @throws MarginaliaError `path-not-allowed`; as `scanImages`.
 */
export async function scanPaths(
  paths: Paths,
  names: readonly string[],
  signal: AbortSignal | undefined,
  emit: (frame: Progress) => void,
): Promise<ScannedPaths> {
  const real: string[] = [];
  for (const name of names) real.push(await paths.allowed(name));
  const scan = await scanImages(real, {
    ...(signal && { signal }),
    mayRead: paths.mayUse,
    onProgress: (files) => emit(progressFrame(`Reading headers: ${files} files`)),
  });
  return { real, scan };
}
