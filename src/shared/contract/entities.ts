import { z } from 'zod';
import { INCLUDED } from '../export-contents.ts';

/** What both sides of the contract speak of. Everything is checked on its way into main. */

const count = z.number().int().nonnegative();
const fraction = z.number().min(0).max(1);
const id = z.string().min(1).max(200);
const text = z.string().max(2000);
const triple = z.tuple([z.number(), z.number(), z.number()]);
const mm = z.number().positive();
/** Uint8Array over any buffer: messages carry bytes beside their JSON, see codec.ts. */
export const Bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'must be bytes');

/** An image: what can be opened. */
export const StackId = id;
export const LabelId = id;

/** How an error crosses processes: what happened in the user's words, and what to do. */
export const ErrorReport = z.object({
  code: z.string(),
  message: z.string(),
  hint: z.string().optional(),
});

export const Window = z.object({ centre: z.number(), width: z.number().positive() });
export const WindowPreset = Window.extend({ name: z.string() });

/** What is to be known about an image (shared/image). */
export const ImageWarning = z.object({
  severity: z.enum(['info', 'warning', 'error']),
  kind: z.string(),
  text: z.string(),
});

/** What is known of an image before it is opened (shared/image). */
export const ImageSummary = z.object({
  id: StackId,
  seriesInstanceUid: z.string(),
  kind: z.enum(['volume', 'stack', 'clip', 'picture', 'set']),
  modality: z.string(),
  seriesNumber: z.number().nullable(),
  description: z.string(),
  /** What sets it apart from other stacks of its series, or ''. */
  distinction: z.string(),
  bodyPart: z.string(),
  studyDescription: z.string(),
  studyDate: z.string(),
  patientName: z.string(),
  patientId: z.string(),
  images: count,
  columns: count,
  rows: count,
  warnings: z.array(ImageWarning),
  /** Grey, or red, green and blue. */
  channels: z.union([z.literal(1), z.literal(3)]),
  /** Whether its frames lie on no grid, and can be resampled onto one. */
  resamplable: z.boolean(),
  /** Whether DICOM objects can refer to it. */
  isDicom: z.boolean(),
});

export const FileOutcome = z.object({
  path: z.string(),
  status: z.enum(['loaded', 'skipped', 'failed']),
  reason: z.string(),
});

/** A folder, file or zip that was opened, with everything found in it. */
export const Source = z.object({
  id,
  paths: z.array(z.string()),
  stacks: z.array(ImageSummary),
  /** Files by outcome. */
  loaded: count,
  skipped: count,
  failed: count,
  /** What was skipped or failed, the first thousand. */
  problems: z.array(FileOutcome),
});

/** An opened stack. Its voxels are fetched, see resources.ts. */
export const VolumeInfo = z.object({
  stack: ImageSummary,
  /** [columns, rows, slices]. */
  size: z.tuple([count, count, count]),
  /** As `Raster` has them (shared/image): voxel to patient, 4×4, row-major, LPS, mm; or null. */
  affineLps: z.array(z.number()).length(16).nullable(),
  spacing: z.tuple([mm, mm, mm]),
  measured: z.enum(['patient', 'detector', 'ultrasound region']).nullable(),
  isGrid: z.boolean(),
  frameSizes: z.array(z.tuple([count, count])).nullable(),
  /** Of each picture of a set, null otherwise. */
  names: z.array(z.string()).nullable(),
  /** Of each frame of a clip, ms from the first one; null where frames are not ordered in time. */
  times: z.array(z.number()).nullable(),
  /** Of colour, a pixel has four bytes: red, green, blue, 255. */
  voxelType: z.enum(['int16', 'uint16', 'uint8', 'int32', 'float32', 'rgba']),
  /** Of all voxels. */
  range: z.tuple([z.number(), z.number()]),
  window: Window,
  presets: z.array(WindowPreset),
  /** Whether small values are shown bright. */
  inverted: z.boolean(),
  /** 'HU' for CT, else ''. */
  unit: z.string(),
  /** What was done to make the grid regular, or null. */
  resampled: z.string().nullable(),
});

export const CodedTerm = z.object({
  scheme: z.string().min(1).max(16),
  value: z.string().min(1).max(64),
  meaning: z.string().min(1).max(256),
});

export const Label = z.object({
  id: LabelId,
  /** Its value in the label map. */
  value: z.number().int().min(1).max(255),
  name: z.string().trim().min(1).max(100),
  colour: z.string().regex(/^#[0-9a-f]{6}$/i),
  prompt: text,
  visible: z.boolean(),
  locked: z.boolean(),
  term: CodedTerm.nullable(),
});

/**
 * What was decided about a slice: nothing yet (unseen), nothing yet though somebody has begun to
 * correct it (started), its suggestion is right, it was made right, the suggestion is of no use, or its
 * suggestion was accepted among many without a look at it.
 */
export const ReviewState = z.enum([
  'unseen',
  'started',
  'accepted',
  'corrected',
  'rejected',
  'accepted-unseen',
]);

/**
 * The state of a slice, ids of the labels that it is about (none where it is unseen), and those of them
 * whose suggestion was accepted among many without a look at it.
 */
export const SliceReview = z.object({
  index: count,
  state: ReviewState,
  labels: z.array(LabelId),
  unseen: z.array(LabelId),
});

/** What is kept of a stack, beside the voxels of its labels. */
export const Annotation = z.object({
  labels: z.array(Label),
  /** One for each slice. */
  review: z.array(ReviewState),
  /** For each slice, the labels that its state is about. */
  covered: z.array(z.array(LabelId)),
  /** For each slice, those of them that were accepted without a look. */
  unseen: z.array(z.array(LabelId)),
  /** Names of what can be undone and redone, the next one first. */
  undo: z.array(z.string()),
  redo: z.array(z.string()),
  /** Numbers of the same edits. */
  numbers: z.object({ undo: z.array(count), redo: z.array(count) }),
});

/** New voxels of one slice along the third axis: run lengths of label values (labelmap/rle.ts). */
export const SliceLabels = z.object({ index: count, runs: Bytes });

/** A change of one slice along the third axis: pixels with their old and new labels (labelmap/patch.ts). */
export const SlicePatch = z.object({ index: count, patch: Bytes });

/**
 * Names a step that changes labels or decisions: the page that asked for it knows it again among those
 * of other pages. Where an edit is asked for again, because the answer was lost with the host, it is
 * not done twice.
 */
export const StepName = z.string().min(1).max(64);

export const EditResult = z.object({
  labels: z.array(Label),
  slices: z.array(SliceLabels),
  review: z.array(SliceReview),
  undo: z.array(z.string()),
  redo: z.array(z.string()),
  /** Number of the edit that was recorded, undone or redone; null where none was. */
  edit: count.nullable(),
});

const amount = z.number().nonnegative();
/** What an export holds, or would hold. A slice may be decided for one label, and suggested for another. */
export const ExportCounts = z.object({
  /** Of the image. */
  slices: count,
  /** Accepted or corrected. */
  decided: count,
  /** Of those, the ones with labels that were accepted without a look. */
  acceptedUnseen: count,
  /** Painted, and neither accepted nor corrected. */
  paintedUndecided: count,
  /** The same, but not written. */
  leftOut: count,
  /** With a suggestion of a label that nobody has decided on there. */
  suggested: count,
  /** Neither decided nor painted nor suggested. */
  empty: count,
  /**
   * Labels that are written as being nowhere on slices where nobody has decided on them, and on how many;
   * by what is written, as far as that was looked at.
   */
  absent: z.partialRecord(
    z.enum(INCLUDED),
    z.array(z.object({ label: z.string(), slices: count })),
  ),
  /** Of all labels together. */
  amounts: z.object({
    unit: z.enum(['ml', 'mm²', 'pixels']),
    decided: amount,
    acceptedUnseen: amount,
    paintedUndecided: amount,
    /** Null where it has not been measured yet. */
    suggested: amount.nullable(),
  }),
  /** Names of labels whose suggestions are not written, as they are hidden or locked. */
  withheld: z.array(z.string()),
});

/** Files of a drop may be put, under this name. */
export const DropReady = z.object({ kind: z.literal('ready'), drop: z.string() });

/** The middle slice of a volume that is being read, for the eye until the others are there. */
export const FirstSlice = z.object({
  kind: z.literal('first'),
  /** As far as one slice tells: `range`, `window` and `voxelType` may change. */
  info: VolumeInfo,
  index: count,
  /** Rescaled values as `voxelType` says, little endian, i fastest. */
  voxels: Bytes,
});

/**
 * Decided slices of the stack that a suggestion was joined with: another id, another suggestion. Null
 * where the model alone speaks.
 */
export const SuggestionEvidence = z.object({ id: z.string(), slices: count }).nullable();

/** Planes that a suggestion was made in, fused where they are several. */
export const SuggestionPlanes = z
  .array(z.enum(['acquired', 'axial', 'coronal', 'sagittal']))
  .min(1);

/** One label in one slice, so far. */
export const SuggestionFrame = z.object({
  kind: z.literal('slice'),
  label: LabelId,
  index: count,
  samplesUsed: count,
  final: z.boolean(),
  /** [rows, columns]: 0 … 255 for probability 0 … 1. */
  probability: Bytes,
  /** 0 … 255 for 0 … ln 2 nats. */
  total: Bytes,
  aleatoric: Bytes,
  epistemic: Bytes,
  /** Score of the slice in the queue of doubt (shared/queue), once final. */
  score: z.number().nonnegative().nullable(),
  /** As `SuggestionSummary.doubt`, once final. */
  doubt: z.number().nonnegative().nullable(),
  /** Null before the last one. */
  evidence: SuggestionEvidence,
  planes: SuggestionPlanes,
});

/** Stored suggestions of a stack: which slices of which label there are, and their doubt. */
export const SuggestionSummary = z.object({
  label: LabelId,
  index: count,
  samplesUsed: count,
  score: z.number().nonnegative(),
  /** Mean total entropy in nats where the slice is in doubt at all, for the strip chart. */
  doubt: z.number().nonnegative(),
  evidence: SuggestionEvidence,
  planes: SuggestionPlanes,
});

export const DoubtRegion = z.object({
  label: LabelId,
  index: count,
  /** [column, row] in pixels. */
  peak: z.tuple([z.number(), z.number()]),
  centroid: z.tuple([z.number(), z.number()]),
  areaMm2: z.number().nonnegative(),
  mass: z.number().nonnegative(),
});

/** What to look at next, the most worthwhile first. */
export const QueueEntry = z.object({
  index: count,
  score: z.number().nonnegative(),
  /** What put it here: far from all that is decided, doubtful, or accepted without a look. */
  why: z.enum(['far', 'doubtful', 'accepted-unseen']),
  regions: z.array(DoubtRegion),
});

export const Device = z.enum(['cpu', 'webgpu', 'cuda']);
export const DeviceName = z.enum(['auto', ...Device.options]);

export const About = z.object({
  version: z.string(),
  node: z.string(),
  onnxruntime: z.string(),
  electron: z.string().nullable(),
  platform: z.string(),
  /** How paths are chosen: dialogs of the system, or a list of folders below given roots. */
  host: z.enum(['desktop', 'web']),
  notice: z.string(),
});

export const Recent = z.object({
  paths: z.array(z.string()),
  title: z.string(),
  opened: z.string(),
  exists: z.boolean(),
});

export const FolderEntry = z.object({
  name: z.string(),
  path: z.string(),
  kind: z.enum(['folder', 'file']),
});

/** A command of the page, as the menu of the application shows it; `events.command` runs it. */
export const MenuItem = z
  .object({
    /** Name of the command. */
    id: z.string().min(1).max(60),
    title: z.string().min(1).max(100),
    group: z.string().min(1).max(40),
    /** As the page writes keys: "Mod+Shift+Z"; '' for none. */
    key: z.string().max(40),
    enabled: z.boolean(),
  })
  .strict();
export type MenuItem = z.infer<typeof MenuItem>;

export const Progress = z.object({
  kind: z.literal('progress'),
  text: z.string(),
  /** 0 … 1; null where it is not known. */
  done: fraction.nullable(),
  secondsLeft: z.number().nonnegative().nullable(),
});

export const Point3 = triple;
