/** Size and scale of one slice; its maps have `columns · rows` pixels, along a row first. */
export interface SlicePlane {
  readonly columns: number;
  readonly rows: number;
  /** mm between pixel centres along a row and along a column; [1, 1] to measure in pixels. */
  readonly spacing: readonly [number, number];
}

/** @throws RangeError where a map does not fill the plane, or the spacing is not one. */
export function requirePlane({ columns, rows, spacing }: SlicePlane, ...lengths: number[]): void {
  if (!lengths.every((length) => length === columns * rows)) {
    throw new RangeError(
      `Maps of ${lengths.join(', ')} pixels do not fill a slice of ${columns} × ${rows}.`,
    );
  }
  if (!spacing.every((mm) => mm > 0 && mm < Infinity)) {
    throw new RangeError(`${spacing.join(' × ')} mm is no pixel spacing.`);
  }
}
