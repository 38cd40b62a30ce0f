/** Decided slices that suggestions are joined with. */
export interface Evidence {
  /** Other slices, other labels in them or another order of things: another id. */
  readonly id: string;
  readonly slices: readonly { readonly index: number; readonly sha256: string }[];
}
