/**
 * A name that the library takes for what is imported from a path: of the file, without its ending.
 * @param path with the separators of any system.
 */
export function modelNameOf(path: string): string {
  const last =
    path
      .replace(/[/\\]+$/, '')
      .split(/[/\\]/)
      .at(-1) ?? '';
  const stem = last.replace(/\.(pth|pt|bin|safetensors)$/i, '');
  const name = stem.replace(/[^\p{L}\p{N} ._+-]+/gu, '-').slice(0, 80);
  return name.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}_+-]+$/gu, '') || 'model';
}
