/** Folder of an nnU-Net v2 dataset: a number of three digits and a name. */
export const DATASET_NAME = /^Dataset\d{3}_[A-Za-z0-9][A-Za-z0-9_-]{0,60}$/;

/** What a channel may be called: T1, CT, DCE phase 2 … */
export const CHANNEL_NAME = /^[A-Za-z0-9][A-Za-z0-9 _.+-]{0,39}$/;

/**
 * What becomes of slices that nobody has decided on, and of those accepted without a look at them: not
 * taught at all, or taught as they are.
 */
export const UNDECIDED = ['ignore', 'as-is'] as const;
export type Undecided = (typeof UNDECIDED)[number];
