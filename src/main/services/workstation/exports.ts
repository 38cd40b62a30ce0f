import { createHash } from 'node:crypto';
import type { StreamFrame, StreamInput, StreamOutput } from '../../../shared/contract/index.ts';
import { decodeRuns } from '../../../shared/labelmap/rle.ts';
import { uidOf } from '../../../shared/uid.ts';
import { writeAnnotation, type AnnotationResult } from '../../export/index.ts';
import type { JsonObject, Workspace } from '../../workspace/index.ts';
import { dicomSource } from '../dicom-source.ts';
import type { EngineRoom } from './engine-room.ts';
import type { Joining } from './joining.ts';
import type { Paths } from './paths.ts';
import { breathe } from './pieces.ts';
import { promptOf } from './recipe.ts';
import type { StreamContext, StreamHandlers } from './session.ts';
import type { Suggestions } from './suggestions.ts';
import type { OpenVolume, Volumes } from './volumes.ts';
import { wholeSuggestion } from './whole-suggestion.ts';

export interface ExportOptions {
  readonly workspace: Workspace;
  readonly volumes: Volumes;
  readonly suggestions: Suggestions;
  readonly joining: Joining;
  readonly paths: Paths;
  readonly room: EngineRoom;
  /** Of the application. */
  readonly version: string;
}

/** Writes what was labelled to a folder, for other tools. */
export function createExports(options: ExportOptions): {
  readonly streams: Pick<StreamHandlers, 'export.run'>;
} {
  const { workspace, volumes, suggestions, joining, paths, room } = options;

  async function run(
    { stack, folder, formats, deidentify }: StreamInput<'export.run'>,
    { signal, emit }: StreamContext<StreamFrame<'export.run'>>,
  ): Promise<StreamOutput<'export.run'>> {
    const out = await paths.allowed(folder);
    const progress = (text: string): void =>
      emit({ kind: 'progress', text, done: null, secondsLeft: null });
    progress('Reading labels');
    const volume = await volumes.get(stack, signal);
    const labels = workspace.labels.list(stack);
    const recipe = await suggestions.recipe(stack);
    const result: AnnotationResult = {
      image: await volume.whole(signal),
      acquisition: volume.series.acquisition === '3D' ? '3d' : '2d',
      labels: labels.map((label) => ({ ...label, prompt: promptOf(label) })),
      labelMap: await labelMapOf(workspace, volume),
      review: {
        states: workspace.slices.reviews(stack),
        suggestions: await takenSuggestions(workspace, stack),
      },
      suggestion: await wholeSuggestion(joining, volume, recipe, labels, room.device()),
      application: { version: options.version },
      source: sourceOf(volume, deidentify),
      created: new Date(),
      resampled: volume.resampled,
      dicom: () => dicomSource(volume, volume.resampled),
    };
    signal.throwIfAborted();
    progress(`Writing to ${out}`);
    const files = await writeAnnotation(out, result, formats, { signal });
    workspace.audit.append('exported', stack, { folder: out, files, deidentify });
    return { folder: out, files };
  }

  return { streams: { 'export.run': run } };
}

async function labelMapOf(workspace: Workspace, { stack, grid }: OpenVolume): Promise<Uint8Array> {
  const [nx, ny, nz] = grid.size;
  const map = new Uint8Array(nx * ny * nz);
  for (const { index, runs } of workspace.slices.painted(stack.id)) {
    map.set(decodeRuns(runs, nx * ny), index * nx * ny);
    await breathe();
  }
  return map;
}

/** Entries read from the audit log at once. */
const PAGE = 500;

/** What the suggestions were made with that became part of labels, and who took them in. */
async function takenSuggestions(workspace: Workspace, stack: string): Promise<JsonObject[]> {
  const found = new Map<string, JsonObject>();
  let before = Number.MAX_SAFE_INTEGER;
  for (;;) {
    const entries = workspace.audit.list(PAGE, before);
    for (const { stack: about, by, provenance } of entries) {
      if (about !== stack || provenance['actor'] !== 'model') continue;
      const { seq: _seq, name: _name, slices: _slices, actor: _actor, ...made } = provenance;
      found.set(JSON.stringify([by, made]), { ...made, acceptedBy: by });
    }
    if (entries.length < PAGE) return [...found.values()];
    before = entries.at(-1)!.id;
    await breathe();
  }
}

function sourceOf({ series, stack }: OpenVolume, deidentify: boolean): AnnotationResult['source'] {
  const uid = deidentify ? pseudonym : (original: string): string => original;
  return {
    studyInstanceUid: uid(series.studyInstanceUid),
    seriesInstanceUid: uid(series.seriesInstanceUid),
    sopInstanceUids: [...new Set(stack.frames.map(({ sopInstanceUid }) => uid(sopInstanceUid)))],
    modality: series.modality,
  };
}

/**
 * A UID under 2.25 (PS3.5 B.2) in the place of another, always the same one: who has the original
 * can find it again, who has not learns nothing of it.
 */
function pseudonym(uid: string): string {
  return uidOf(createHash('sha256').update(`marginalia ${uid}`).digest('hex').slice(0, 32));
}
