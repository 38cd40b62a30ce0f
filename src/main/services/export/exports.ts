import { basename, join, relative } from 'node:path';
import type { StreamFrame, StreamInput, StreamOutput } from '../../../shared/contract/index.ts';
import { progressFrame } from '../../../shared/contract/progress.ts';
import { INCLUDED_BY_DEFAULT } from '../../../shared/export-contents.ts';
import {
  channelName,
  countsOf,
  labelledImage,
  prepareNnunetCase,
  writeAnnotation,
  type AnnotationResult,
} from '../../export/index.ts';
import type { Workspace } from '../../workspace/index.ts';
import { readerOf } from '../../images/index.ts';
import { dicomSource, resamplingOf, type Volumes } from '../cases/index.ts';
import type { SharedEngine } from '../engine/index.ts';
import {
  type Joining,
  acquiredOnly,
  promptOf,
  shownRecipe,
  storedSuggestions,
  type Suggestions,
  wholeSuggestion,
} from '../suggest/index.ts';
import type { Paths, StreamContext, StreamHandlers } from '../session/index.ts';
import { composeLabels, withheldNames } from './compose.ts';
import { countSlices } from './count-slices.ts';
import { momentOf } from './moment.ts';
import { digest, factsOf, sourceOf } from './series-facts.ts';
import { takenSuggestions } from './taken-suggestions.ts';
import { idOf } from './workspace-id.ts';

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

/** Writes what was labelled to a folder, for other tools, and says before what that would be. */
export function createExports(options: ExportOptions): {
  readonly streams: Pick<StreamHandlers, 'export.run' | 'export.count'>;
} {
  const { workspace, volumes, suggestions, joining, paths, sharedEngine } = options;

  async function run(
    input: StreamInput<'export.run'>,
    { signal, emit }: StreamContext<StreamFrame<'export.run'>>,
  ): Promise<StreamOutput<'export.run'>> {
    const { stack, folder, formats, deidentify, nnunet, include = INCLUDED_BY_DEFAULT } = input;
    const out = await paths.allowed(folder);
    const progress = (text: string): void => emit(progressFrame(text));
    progress('Reading labels');
    const volume = await volumes.get(stack, signal);
    const recipe = await suggestions.recipe(stack);
    const whole = await volume.whole(signal);
    const origin = readerOf(volume.image).describe(volume.image);
    const moment = momentOf(workspace, stack);
    const { labels, decisions } = moment;
    const stored = storedSuggestions(workspace, joining, volume, recipe);
    // As it is shown; of one kind, although labels may be shown in different planes.
    const isFused = labels.every(
      (label) => shownRecipe(workspace, volume, recipe, label) === recipe,
    );
    const shown = isFused ? recipe : acquiredOnly(recipe);
    const composed = await composeLabels(moment, volume.raster.size, include, stored, signal);
    const result: AnnotationResult = {
      image: labelledImage(volume.image, whole),
      acquisition: volume.image.acquisition,
      labels: labels.map((label) => ({ ...label, prompt: promptOf(label) })),
      ...composed,
      heldBack: workspace.sliceRoles
        .list(stack)
        .flatMap(({ index, role }) => (role === 'validation' ? [index] : [])),
      review: {
        states: decisions.map(({ state }) => state),
        suggestions: await takenSuggestions(workspace, stack),
      },
      window: recipe.window,
      suggestion: await wholeSuggestion(joining, volume, shown, labels, sharedEngine.device()),
      application: { version: options.version },
      source: sourceOf(volume.image, origin, deidentify),
      digests: { study: digest(origin.studyInstanceUid), stack: digest(stack) },
      series: factsOf(volume.image, origin, deidentify),
      created: new Date(),
      resampled: volume.resampled,
      resampling: resamplingOf(volume.image),
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
        acceptedUnseen: nnunet.acceptedUnseen ?? 'ignore',
      }));
    progress(`Writing to ${out}`);
    const others = formats.filter((format) => format !== 'nnunet');
    const files = others.length > 0 ? await writeAnnotation(out, result, others, { signal }) : [];
    if (nnunetCase) {
      await nnunetCase.write({ signal });
      files.push(...nnunetCase.files.map((file) => join(relative(out, dataset), file)));
    }
    workspace.audit.append('exported', stack, { folder: out, files, deidentify, include });
    return {
      folder: out,
      files,
      contents: countsOf(
        result.contents,
        labels,
        volume.raster,
        withheldNames(moment, include, stored),
      ),
      nnunet: nnunetCase
        ? {
            case: nnunetCase.name,
            pictures: nnunetCase.pictures,
            dataset: basename(dataset),
            undecided: nnunetCase.undecided.length,
            ignored: nnunetCase.ignored,
            unseenIgnored: nnunetCase.unseenIgnored.length,
          }
        : null,
    };
  }

  /** The dataset of a name in a folder, unless that is the dataset itself. */
  const datasetIn = (folder: string, dataset: string): Promise<string> =>
    paths.allowed(basename(folder) === dataset ? folder : join(folder, dataset));

  async function count(
    { stack }: StreamInput<'export.count'>,
    { signal, emit }: StreamContext<StreamFrame<'export.count'>>,
  ): Promise<StreamOutput<'export.count'>> {
    const volume = await volumes.get(stack, signal);
    const recipe = await suggestions.recipe(stack);
    const moment = momentOf(workspace, stack);
    const stored = storedSuggestions(workspace, joining, volume, recipe);
    return countSlices(moment, volume.raster, stored, signal, (counts) =>
      emit({ kind: 'counted', counts }),
    );
  }

  return { streams: { 'export.run': run, 'export.count': count } };
}
