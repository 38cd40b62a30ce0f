/**
 * What a suggestion may make of a slice that people have painted on: it fills voxels that are empty
 * and leaves every label that is there. The same array as `suggested` where nothing had to give way.
 */
export function mergeSuggestion(before: Uint8Array, suggested: Uint8Array): Uint8Array {
  const differs = before.some((label, i) => label !== 0 && suggested[i] !== label);
  return differs ? before.map((label, i) => (label === 0 ? suggested[i]! : label)) : suggested;
}
