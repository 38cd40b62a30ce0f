export const GROUPS = [
  'File',
  'Edit',
  'View',
  'Tools',
  'Labels',
  'Suggest',
  'Review',
  'Learn',
  'Help',
] as const;

export type Group = (typeof GROUPS)[number];

/** Something that the user can do: in the menu, by a key, in the overview of keys. */
export interface Command {
  /** Stable: settings name it. */
  readonly id: string;
  readonly title: string;
  readonly group: Group;
  /** Default key as keys.ts writes it, '' for none. */
  readonly key: string;
  /** Whether a key that is held down repeats it. */
  readonly repeats?: boolean;
  /** Whether the menu leaves it out: what is done by key or in a panel only. */
  readonly hidden?: boolean;
  /** Whether it cannot wait for a host that is away. */
  readonly needsHost?: boolean;
  enabled?(): boolean;
  run(): unknown;
}
