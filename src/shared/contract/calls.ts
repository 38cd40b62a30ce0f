import { z } from 'zod';
import {
  About,
  Annotation,
  Bytes,
  Device,
  DeviceName,
  EditResult,
  FolderEntry,
  Label,
  LabelId,
  MenuItem,
  QueueEntry,
  Recent,
  ReviewState,
  SliceLabels,
  SlicePatch,
  SliceReview,
  Source,
  StackId,
  StepName,
  SuggestionEvidence,
  SuggestionPlanes,
  SuggestionSummary,
} from './entities.ts';
import {
  ModelCard,
  ModelId,
  ModelInfo,
  ModelLibrary,
  ModelOffer,
  PublishedModel,
  VersionId,
} from './models.ts';
import { Settings } from './settings.ts';

const index = z.number().int().nonnegative();
const path = z.string().min(1).max(4096);
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const nothing = z.object({}).strict();
const onStack = z.object({ stack: StackId }).strict();
const step = StepName.optional();
/**
 * A slice's new state, and ids of the labels that it is about; without: all that there are. Those of
 * them that were accepted without a look; without: all or none, as the state says.
 */
const reviewed = z
  .object({
    index,
    state: ReviewState,
    labels: z.array(LabelId).optional(),
    unseen: z.array(LabelId).optional(),
  })
  .strict();

const call = <I extends z.ZodType, O extends z.ZodType>(
  input: I,
  output: O,
): { input: I; output: O } => ({ input, output });

/** Every question and its answer. Main checks inputs; types of both sides are inferred from here. */
export const calls = {
  'app.about': call(nothing, About),
  'app.doctor': call(nothing, z.object({ report: z.string() })),
  'settings.get': call(nothing, Settings),
  'settings.change': call(Settings.partial().strict(), Settings),
  'recents.list': call(nothing, z.array(Recent)),
  'recents.forget': call(z.object({ paths: z.array(path) }).strict(), nothing),

  /** The menu of the application (desktop), again whenever it changes. */
  'menu.show': call(z.object({ items: z.array(MenuItem).max(300) }).strict(), nothing),

  /** Asks the user by the system's own dialog (desktop); null where it was cancelled. */
  'paths.choose': call(
    z
      .object({ what: z.enum(['folder', 'files', 'save-folder']), title: z.string().max(200) })
      .strict(),
    z.array(path).nullable(),
  ),
  /** What a folder holds (web); without a path, the roots that the user named. */
  'paths.list': call(
    z.object({ path: path.optional() }).strict(),
    z.object({
      path: z.string().nullable(),
      parent: z.string().nullable(),
      entries: z.array(FolderEntry),
    }),
  ),

  'sources.list': call(nothing, z.array(Source)),
  /** A copy of a drop with files of these names and sizes (`shared/drop-digest`), and what is in it. */
  'drops.find': call(z.object({ listing: digest }).strict(), z.object({ path, digest }).nullable()),
  'sources.close': call(z.object({ source: z.string() }).strict(), nothing),

  'annotation.get': call(onStack, Annotation),
  /** Every slice that holds a label. */
  'annotation.voxels': call(onStack, z.array(SliceLabels)),
  'labels.create': call(
    z
      .object({
        stack: StackId,
        name: Label.shape.name,
        prompt: Label.shape.prompt.optional(),
        colour: Label.shape.colour.optional(),
        step,
      })
      .strict(),
    Label,
  ),
  'labels.change': call(
    z
      .object({
        stack: StackId,
        label: LabelId,
        change: Label.omit({ id: true, value: true }).partial().strict(),
        step,
      })
      .strict(),
    Label,
  ),
  /** Removes a label and its voxels; can be undone. */
  'labels.remove': call(z.object({ stack: StackId, label: LabelId, step }).strict(), EditResult),
  'labels.proposePrompt': call(
    z.object({ stack: StackId, name: z.string().max(100) }).strict(),
    z.object({ prompt: z.string() }),
  ),

  /**
   * Changes pixels of slices as one named step, whatever other pages have made of these slices since
   * this one read them: pixels that the step does not name stay. It is durable before the answer
   * comes, which has the slices as they are then.
   */
  'edits.apply': call(
    z
      .object({
        stack: StackId,
        name: z.string().min(1).max(100),
        slices: z.array(SlicePatch),
        /** Slices whose state changes with it. */
        review: z.array(reviewed).optional(),
        /** Where the voxels came from: painted, or taken from a suggestion. */
        actor: z.enum(['human', 'model']),
        /** The slices as the page showed them: where one is another by now, nothing is done. */
        expects: z.array(SliceLabels.extend(SliceReview.shape)).optional(),
        step,
      })
      .strict()
      .refine(({ slices, review = [] }) => slices.length + review.length > 0),
    EditResult,
  ),
  /** Only the edit of this number: where another page has done one since, nothing is undone. */
  'edits.undo': call(onStack.extend({ step, only: index.optional() }), EditResult.nullable()),
  'edits.redo': call(onStack.extend({ step, only: index.optional() }), EditResult.nullable()),
  'review.set': call(
    z
      .object({
        stack: StackId,
        slices: z.array(reviewed).min(1),
        step,
      })
      .strict(),
    EditResult,
  ),

  /** A slice that was begun to be corrected counts as corrected: it was looked at, and left. */
  'review.settle': call(z.object({ stack: StackId, slice: index, step }).strict(), EditResult),

  /** Answered once all are joined with what is decided now. */
  'suggestions.list': call(onStack, z.array(SuggestionSummary)),
  /**
   * The maps of a stored suggestion; null where there is none.
   * @param doubt false: without entropies, which then are empty.
   */
  'suggestions.get': call(
    z.object({ stack: StackId, label: LabelId, index, doubt: z.boolean().optional() }).strict(),
    z
      .object({
        samplesUsed: index,
        probability: Bytes,
        total: Bytes,
        aleatoric: Bytes,
        epistemic: Bytes,
        evidence: SuggestionEvidence,
        planes: SuggestionPlanes,
      })
      .nullable(),
  ),
  'suggestions.clear': call(onStack, nothing),
  'queue.next': call(
    z.object({ stack: StackId, count: z.number().int().min(1).max(1000) }).strict(),
    z.array(QueueEntry),
  ),
  /** Fills a label between slices that hold it, by shape. */
  'labels.interpolate': call(
    z.object({ stack: StackId, label: LabelId, step }).strict(),
    EditResult,
  ),

  'models.list': call(nothing, z.array(z.string())),
  'models.info': call(nothing, ModelInfo),
  /** Models that are there, shipped ones first. Their large files are not read. */
  'library.list': call(nothing, ModelLibrary),
  'library.card': call(z.object({ model: ModelId }).strict(), ModelCard),
  /** Makes a model the one that `default` means. */
  'library.setDefault': call(z.object({ model: ModelId }).strict(), ModelLibrary),
  'library.remove': call(z.object({ model: ModelId }).strict(), ModelLibrary),
  /** What can be downloaded. Nothing is asked of any server. */
  'library.published': call(
    nothing,
    z.object({ mirror: z.string(), files: z.array(PublishedModel) }),
  ),
  /** Asks the mirror of the settings for size, hash and licence; nothing of the file is fetched. */
  'library.offer': call(z.object({ file: z.string().max(100) }).strict(), ModelOffer),
  /** Keeps what was learned last although the judgement was against it, and makes it current. */
  'learning.keep': call(z.object({ version: VersionId }).strict(), ModelInfo),
  'versions.use': call(z.object({ version: VersionId.nullable() }).strict(), ModelInfo),
  'versions.rename': call(
    z.object({ version: VersionId, name: z.string().trim().min(1).max(100) }).strict(),
    ModelInfo,
  ),
  'versions.remove': call(z.object({ version: VersionId }).strict(), ModelInfo),
  'versions.export': call(z.object({ version: VersionId, folder: path }).strict(), nothing),
  'versions.import': call(z.object({ folder: path }).strict(), ModelInfo),
  /** Where the model runs, as the settings are now. */
  'devices.inUse': call(nothing, z.object({ device: Device })),
  'devices.list': call(
    nothing,
    z.array(z.object({ device: DeviceName, available: z.boolean(), reason: z.string() })),
  ),
} as const;

export type CallName = keyof typeof calls;
export type CallInput<N extends CallName> = z.infer<(typeof calls)[N]['input']>;
export type CallOutput<N extends CallName> = z.infer<(typeof calls)[N]['output']>;
