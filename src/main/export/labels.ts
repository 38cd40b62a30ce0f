/** One thing that was segmented. */
export interface LabelDefinition {
  readonly name: string;
  /** The text that the model was given. */
  readonly prompt: string;
  /** `#rrggbb`. */
  readonly colour: string;
  /** Its voxels in the label map; positive. */
  readonly value: number;
  /** What it is in a coding scheme, such as SNOMED CT (`SCT`). */
  readonly term?: {
    readonly scheme: string;
    readonly value: string;
    readonly meaning: string;
  } | null;
}
