import { createHash, randomUUID } from 'node:crypto';
import { basename, join, relative } from 'node:path';
import type { StreamFrame, StreamInput, StreamOutput } from '../../../shared/contract/index.ts';
import { decodeRuns } from '../../../shared/labelmap/rle.ts';
import type { ImageInfo, ImageOrigin } from '../../../shared/image/index.ts';
import type { Grid } from '../../../shared/volume.ts';
import { uidOf } from '../../../shared/uid.ts';
import {
  channelName,
  prepareNnunetCase,
  writeAnnotation,
  type AnnotationResult,
} from '../../export/index.ts';
import type { JsonObject, Label, SliceStore, Workspace } from '../../workspace/index.ts';
import { readerOf } from '../../images/index.ts';
import { dicomSource, type Volumes } from '../cases/index.ts';
import type { SharedEngine } from '../engine/index.ts';
import {
  type Joining,
  acquiredOnly,
  promptOf,
  shownRecipe,
  type Suggestions,
  wholeSuggestion,
} from '../suggest/index.ts';
import type { Paths, StreamContext, StreamHandlers } from '../session/index.ts';
import { yieldToEventLoop } from '../async/yield.ts';

export interface ExportOptions {
  readonly workspace: Workspace;
  readonly volumes: Volumes;
  readonly suggestions: Suggestions;
  readonly joining: Joining;
  readonly paths: Paths;
  readonly sharedEngine: SharedEngine;
  /** Of the application. */
  readonly version: string;
}

/** Writes what was labelled to a folder, for other tools. */
export function createExports(options: ExportOptions): {
  readonly streams: Pick<StreamHandlers, 'export.run'>;
} {
  const { workspace, volumes, suggestions, joining, paths, sharedEngine } = options;

  async function run(
    { stack, folder, formats, deidentify, nnunet }: StreamInput<'export.run'>,
    { signal, emit }: StreamContext<StreamFrame<'export.run'>>,
  ): Promise<StreamOutput<'export.run'>> {
    const out = await paths.allowed(folder);
    const progress = (text: string): void =>
      emit({ kind: 'progress', text, done: null, secondsLeft: null });
    progress('Reading labels');
    const volume = await volumes.get(stack, signal);
    const recipe = await suggestions.recipe(stack);
    const whole = await volume.whole(signal);
    const origin = readerOf(volume.image).describe(volume.image);
    // Of one moment: others may paint while it is written.
    const labels = workspace.labels.list(stack);
    const painted = workspace.slices.painted(stack);
    const states = workspace.slices.reviews(stack);
    // As it is shown; of one kind, although labels may be shown in different planes.
    const isFused = labels.every(
      (label) => shownRecipe(workspace, volume, recipe, label) === recipe,
    );
    const shown = isFused ? recipe : acquiredOnly(recipe);
    const complete = completeSlices(workspace, stack, labels, volume.grid.size[2]);
    const result: AnnotationResult = {
      image: whole,
      acquisition: volume.image.acquisition,
      labels: labels.map((label) => ({ ...label, prompt: promptOf(label) })),
      labelMap: await labelMapOf(painted, volume.grid),
      review: {
        states,
        suggestions: await takenSuggestions(workspace, stack),
      },
      complete,
      window: recipe.window,
      suggestion: await wholeSuggestion(joining, volume, shown, labels, sharedEngine.device()),
      application: { version: options.version },
      source: sourceOf(volume.image, origin, deidentify),
      digests: { study: digest(origin.studyInstanceUid), stack: digest(stack) },
      series: factsOf(volume.image, origin, deidentify),
      created: new Date(),
      resampled: volume.resampled,
      dicom: () => dicomSource(volume.image, volume.resampled !== null),
    };
    signal.throwIfAborted();
    // Refused before anything else is written.
    const dataset = nnunet && (await datasetIn(out, nnunet.dataset));
    const nnunetCase =
      dataset &&
      (await prepareNnunetCase(dataset, {
        result,
        workspace: idOf(workspace),
        channel: nnunet.channel ?? channelName(volume.image),
        undecided: nnunet.undecided,
      }));
    progress(`Writing to ${out}`);
    const others = formats.filter((format) => format !== 'nnunet');
    const files = others.length > 0 ? await writeAnnotation(out, result, others, { signal }) : [];
    if (nnunetCase) {
      await nnunetCase.write({ signal });
      files.push(...nnunetCase.files.map((file) => join(relative(out, dataset), file)));
    }
    workspace.audit.append('exported', stack, { folder: out, files, deidentify });
    return {
      folder: out,
      files,
      nnunet: nnunetCase
        ? {
            case: nnunetCase.name,
            dataset: basename(dataset),
            undecided: nnunetCase.undecided.length,
            ignored: nnunetCase.ignored,
          }
        : null,
    };
  }

  /** The dataset of a name in a folder, unless that is the dataset itself. */
  const datasetIn = (folder: string, dataset: string): Promise<string> =>
    paths.allowed(basename(folder) === dataset ? folder : join(folder, dataset));

  return { streams: { 'export.run': run } };
}

/**
 * Of every slice, whether it was accepted or corrected by somebody when every label existed. A label
 * that was created later is not part of the decision; the slice still counts where it shows that label.
 */
function completeSlices(
  workspace: Workspace,
  stack: string,
  labels: readonly Label[],
  slices: number,
): boolean[] {
  const complete = new Array<boolean>(slices).fill(false);
  for (const { index, state, labels: decidedOn } of workspace.slices.decided(stack)) {
    if (state === 'rejected') continue;
    const later = labels.filter(({ id }) => !decidedOn.includes(id));
    const voxels = later.length > 0 ? workspace.slices.read(stack, index) : new Uint8Array();
    complete[index] = later.every(({ value }) => voxels.includes(value));
  }
  return complete;
}

async function labelMapOf(
  painted: ReturnType<SliceStore['painted']>,
  { size: [nx, ny, nz] }: Grid,
): Promise<Uint8Array> {
  const map = new Uint8Array(nx * ny * nz);
  for (const { index, runs } of painted) {
    map.set(decodeRuns(runs, nx * ny), index * nx * ny);
    await yieldToEventLoop();
  }
  return map;
}

/** Entries read from the audit log at once. */
const PAGE = 500;

/** What the suggestions were made with that became part of labels, and who took them in. */
async function takenSuggestions(workspace: Workspace, stack: string): Promise<JsonObject[]> {
  const taken = new Map<string, JsonObject>();
  let before = Number.MAX_SAFE_INTEGER;
  for (;;) {
    const entries = workspace.audit.list(PAGE, before);
    for (const { stack: about, by, provenance } of entries) {
      if (about !== stack || provenance['actor'] !== 'model') continue;
      const { seq: _seq, name: _name, slices: _slices, actor: _actor, ...recipe } = provenance;
      taken.set(JSON.stringify([by, recipe]), { ...recipe, acceptedBy: by });
    }
    if (entries.length < PAGE) return [...taken.values()];
    before = entries.at(-1)!.id;
    await yieldToEventLoop();
  }
}

function sourceOf(
  image: ImageInfo,
  origin: ImageOrigin,
  deidentify: boolean,
): AnnotationResult['source'] {
  const uid = deidentify ? pseudonym : (original: string): string => original;
  return {
    studyInstanceUid: uid(origin.studyInstanceUid),
    seriesInstanceUid: uid(origin.seriesInstanceUid),
    sopInstanceUids: origin.sopInstanceUids.map(uid),
    modality: image.modality,
  };
}

/** Where the settings keep it; pages do not see it. */
const ID = 'workspaceId';

/** The identifier of a workspace; it stays when the folder is moved. */
function idOf({ settings }: Workspace): string {
  const stored = settings.read()[ID];
  if (typeof stored === 'string') return stored;
  const id = randomUUID();
  settings.change({ [ID]: id });
  return id;
}

function factsOf(
  { modality, bodyPart, description, protocol }: ImageInfo,
  origin: ImageOrigin,
  deidentify: boolean,
): AnnotationResult['series'] {
  const patient = {
    name: origin.patientName,
    id: origin.patientId,
    studyDate: origin.studyDate,
    study: origin.studyDescription,
    series: description || protocol,
  };
  return { modality, bodyPart, patient: deidentify ? null : patient };
}

const digest = (uid: string): string =>
  createHash('sha256').update(`marginalia ${uid}`).digest('hex');

/**
 * A UID under 2.25 (PS3.5 B.2) in the place of another, always the same one: who has the original
 * can find it again, who has not learns nothing of it.
 */
function pseudonym(uid: string): string {
  return uidOf(digest(uid).slice(0, 32));
}
