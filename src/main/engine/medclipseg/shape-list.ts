/** Collects names and shapes of tensors as PyTorch stores them. */
export interface ShapeList {
  put(name: string, ...shape: number[]): void;
  /** Weight and bias of a normalisation. */
  affine(name: string, width: number): void;
  /** Weight [to, from] and bias [to] of a linear layer. */
  dense(name: string, from: number, to: number): void;
}

export function createShapeList(): {
  readonly list: ShapeList;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
} {
  const shapes = new Map<string, readonly number[]>();
  const put: ShapeList['put'] = (name, ...shape) => void shapes.set(name, shape);
  return {
    shapes,
    list: {
      put,
      affine(name, width) {
        put(`${name}.weight`, width);
        put(`${name}.bias`, width);
      },
      dense(name, from, to) {
        put(`${name}.weight`, to, from);
        put(`${name}.bias`, to);
      },
    },
  };
}
