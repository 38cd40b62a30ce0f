import { useDebounceFn } from '@vueuse/core';
import { computed, watch } from 'vue';
import { acquiredId } from '../shared/image/index.ts';
import { readDropped } from './dropped-files.ts';
import { useAnnotation } from './stores/annotation-store.ts';
import { useModels } from './stores/models-store.ts';
import { useNotices } from './stores/notices-store.ts';
import { useQueue } from './stores/queue-store.ts';
import { useSettings } from './stores/settings-store.ts';
import { useSources, type Source } from './stores/sources-store.ts';
import { useSuggestions } from './stores/suggestions-store.ts';
import { useView } from './stores/view-store.ts';
import { useVolume } from './stores/volume-store.ts';

/** What takes several stores: opening and closing, and coming back after the host was away. */

/** Where the page finds the stack again after a reload. */
const LAST_STACK = 'marginalia.stack';

/** Reads from the host what the page shows; again whenever the link to the host is open again. */
export async function refreshAll(): Promise<void> {
  const { guard } = useNotices();
  const volume = useVolume();
  // What is opened while this reads is read by itself.
  const opened = volume.stack;
  const models = guard(useModels().load());
  await Promise.all([guard(useSettings().load()), guard(useSources().reload())]);
  if (opened !== null) {
    if (volume.stack !== opened) return;
    await guard(useAnnotation().reload());
    await guard(useSuggestions().refresh());
  } else if (!volume.running && volume.current === null) {
    const last = sessionStorage.getItem(LAST_STACK);
    const stack = useSources().stacks.find(({ id }) => last !== null && id === acquiredId(last));
    if (stack && last) await openStack(stack.id, stack.id === last ? undefined : true);
  }
  await models;
}

/**
 * Suggestions are those of the model, the settings, the prompts and the decided slices of the
 * moment, or none.
 */
export function keepSuggestionsCurrent(): void {
  const renew = (): void => {
    const { stack } = useVolume();
    if (stack === null) return;
    void useNotices().guard(useSuggestions().renew(stack).then(useQueue().refresh));
  };
  const recipe = computed(() => {
    const { info } = useModels();
    const { values } = useSettings();
    if (!info || !values) return null;
    const { samples, tolerance, seed, calibrate, propagate, planes } = values;
    return JSON.stringify([
      info.sha256,
      info.current,
      samples,
      tolerance,
      seed,
      calibrate,
      propagate,
      planes,
    ]);
  });
  const prompts = computed(
    () => new Map(useAnnotation().labels.map(({ id, name, prompt }) => [id, prompt || name])),
  );
  const follow = useDebounceFn(() => useNotices().guard(useSuggestions().refresh()), 300);
  watch(
    () => useAnnotation().savedAt,
    () => useSettings().values?.propagate && useSuggestions().any && void follow(),
  );
  watch(
    () =>
      useAnnotation()
        .labels.map(({ id }) => id)
        .join(),
    () => useSuggestions().any && void follow(),
  );
  watch(recipe, (_, before) => before !== null && renew());
  watch(prompts, (now, before) => {
    if ([...now].some(([id, text]) => (before.get(id) ?? text) !== text)) renew();
  });
}

/** Once labels, voxels, the tool or the slice are others, what was refused before is no news any more. */
export function forgetOldRefusals(): void {
  const annotation = useAnnotation();
  const view = useView();
  const { forgetRefusals } = useNotices();
  annotation.onChanged(forgetRefusals);
  // As text: the host's answer to what is shown already is nothing new.
  watch(
    () =>
      JSON.stringify([
        annotation.labels,
        annotation.activeId,
        annotation.review,
        view.tool,
        view.slice,
      ]),
    forgetRefusals,
  );
}

/**
 * A slice that was begun to be corrected counts as corrected once it is left. One that a tool began from
 * another plane waits until somebody has looked at it.
 */
export function settleWhatIsLeft(): void {
  const view = useView();
  watch(
    () => view.slice,
    (_, left) => void useAnnotation().settle(left),
  );
}

/** Undo and redo show the slice that they change: the nearest one, unless one is shown already. */
export function followSteps(): void {
  useAnnotation().onStepped((slices) => {
    const view = useView();
    if (slices.length === 0 || slices.includes(view.slice)) return;
    const away = (index: number): number => Math.abs(index - view.slice);
    const nearest = slices.reduce((a, b) => (away(a) <= away(b) ? a : b));
    view.goTo(nearest, useVolume().slices);
  });
}

/** Opens files or folders, and of what they hold the largest volume. */
export async function openPaths(paths: readonly string[]): Promise<void> {
  await show(await useSources().open(paths));
}

/** Opens what was dropped on a page that has no paths of it. */
export async function openCopies(entries: readonly FileSystemEntry[]): Promise<void> {
  const dropped = await useNotices().guard(readDropped(entries));
  if (!dropped) return;
  if (dropped.files.length > 0) await show(await useSources().drop(dropped));
  else useNotices().add({ level: 'warning', message: `“${dropped.title}” holds no files.` });
}

export async function openDemo(): Promise<void> {
  await show(await useSources().demo());
}

/** Tries once more what could not be opened. */
export async function openAgain(): Promise<void> {
  await show(await useSources().failure?.again());
}

async function show(source: Source | undefined): Promise<void> {
  const best = source?.stacks.reduce<Source['stacks'][number] | undefined>(
    (a, b) => (a && a.images >= b.images ? a : b),
    undefined,
  );
  if (best) await openStack(best.id);
  else if (source && useVolume().current) {
    useNotices().add({
      level: 'warning',
      message: `Nothing in “${useSources().title}” is an image that can be labelled.`,
      actions: [{ title: 'List of files', run: () => (useView().dialog = 'problems') }],
    });
  }
}

function stopSuggesting(): void {
  const { running, cancel } = useSuggestions();
  if (!running) return;
  cancel();
  useNotices().add({
    level: 'info',
    message: 'Suggesting was stopped.',
    hint: 'What was suggested until then is kept; “Suggest series” goes on from there.',
  });
}

/** @param resample as `volumes.open` takes it. */
export async function openStack(id: string, resample?: boolean): Promise<void> {
  const opened = await useVolume().open(id, resample, (shown) => {
    // What belongs to the stack before goes with its picture.
    stopSuggesting();
    useAnnotation().clear();
    useQueue().clear();
    useView().begin(shown);
  });
  if (!opened) return;
  // Resampled, it is another one.
  const { id: stack } = opened.info.stack;
  const { size, spacing, frameSizes } = opened.raster;
  sessionStorage.setItem(LAST_STACK, stack);
  const { guard } = useNotices();
  await guard(useAnnotation().load(stack, size, spacing, frameSizes));
  await guard(useSuggestions().load(stack));
  await guard(useQueue().load(stack));
}

/** Back to the start page; everything is kept by the host. */
export async function closeAll(): Promise<void> {
  sessionStorage.removeItem(LAST_STACK);
  stopSuggesting();
  useVolume().close();
  useAnnotation().clear();
  useQueue().clear();
  const sources = useSources();
  for (const { id } of sources.list) await useNotices().guard(sources.close(id));
}
