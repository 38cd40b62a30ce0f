import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { CallOutput } from '../../shared/contract/index.ts';
import { toErrorInfo, type ErrorInfo } from '../../shared/errors.ts';
import { modelNameOf } from '../../shared/model-name.ts';
import { useBridge } from '../bridge.ts';
import { createJob } from './job.ts';
import { useModels } from './models-store.ts';
import { useNotices } from './notices-store.ts';
import { useSettings } from './settings-store.ts';

export type LibraryModel = CallOutput<'library.list'>['models'][number];
export type ModelCard = CallOutput<'library.card'>;
export type PublishedModel = CallOutput<'library.published'>['files'][number];
export type ModelOffer = CallOutput<'library.offer'>;

/** Its name; of the shipped one what it is, where `default` means another. */
export const titleOf = ({ id, name }: LibraryModel): string => (id === 'shipped' ? id : name);

/** What the dialog of models shows beside the list. */
export type LibraryPage = 'card' | 'import' | 'download';

/** Models that are there, and getting more of them. */
export const useLibrary = defineStore('library', () => {
  const models = shallowRef<readonly LibraryModel[]>([]);
  const folder = ref('');
  const page = ref<LibraryPage>('card');
  const card = shallowRef<ModelCard | null>(null);
  /** Of the import and the download, until the next one. */
  const failure = shallowRef<ErrorInfo | null>(null);
  const job = createJob();

  /** What is to be imported, and under which name. */
  const path = ref('');
  const name = ref('');

  const published = shallowRef<readonly PublishedModel[]>([]);
  const offer = shallowRef<ModelOffer | null>(null);
  const isAsking = ref(false);
  const keepFile = ref(false);

  /** The one that this workspace uses. */
  const used = computed(() => {
    const model = useSettings().values?.model;
    return models.value.find((one) => {
      if (model === 'default') return one.isDefault;
      if (model === 'shipped') return one.shipped && one.name === 'default';
      return one.id === model;
    });
  });

  const take = (list: CallOutput<'library.list'>): void => {
    models.value = list.models;
    folder.value = list.folder;
  };

  async function load(): Promise<void> {
    take(await useBridge().call('library.list', {}));
    const shown = models.value.find(({ id }) => id === card.value?.id) ?? used.value;
    const next = shown ?? models.value[0];
    if (next) await show(next.id);
  }

  /** Another page, a command or this page has changed the library. */
  useBridge().on('library', () => {
    void useNotices().guard(Promise.all([load(), useModels().load()]));
  });

  async function show(id: string): Promise<void> {
    const problem = models.value.find((one) => one.id === id)?.problem;
    // Of a damaged one the list says all that is known.
    card.value = problem ? null : await useBridge().call('library.card', { model: id });
    selected.value = id;
  }
  const selected = ref('');

  async function use(model: string): Promise<void> {
    await useSettings().change({ model });
    await useNotices().guard(useModels().load());
  }

  async function makeDefault(model: string): Promise<void> {
    const list = await useNotices().guard(useBridge().call('library.setDefault', { model }));
    if (list) take(list);
  }

  async function remove(model: string): Promise<void> {
    const list = await useNotices().guard(useBridge().call('library.remove', { model }));
    if (!list) return;
    take(list);
    card.value = null;
    await useNotices().guard(load());
  }

  /** Long work in the library, whose failure is shown where it was begun. */
  async function run<T>(work: Parameters<typeof job.start<T>>[0]): Promise<T | undefined> {
    failure.value = null;
    try {
      return await job.start(work);
    } catch (error) {
      failure.value = toErrorInfo(error);
      return undefined;
    }
  }

  async function measure(model: string): Promise<void> {
    const measured = await run((signal, show) =>
      useBridge().stream('library.measure', { model }, show, signal),
    );
    if (measured && card.value?.id === model) card.value = { ...card.value, measured };
  }

  async function finish(added: { readonly model: string; readonly shared: number } | undefined) {
    if (!added) return;
    page.value = 'card';
    path.value = '';
    await load();
    await show(added.model);
    useNotices().add({ level: 'success', message: `The model ${added.model} was added.` });
  }

  async function add(): Promise<void> {
    const input = { path: path.value, name: name.value.trim() };
    const added = await run((signal, show) =>
      useBridge().stream('library.import', input, show, signal),
    );
    await useNotices().guard(finish(added));
  }

  function choose(wanted: string): void {
    failure.value = null;
    path.value = wanted;
    name.value = modelNameOf(wanted);
    page.value = 'import';
  }

  /** @param paths of what was dropped; none where a browser hides them. */
  function takeDropped(paths: readonly string[]): void {
    if (paths[0] !== undefined) return choose(paths[0]);
    useNotices().add({
      level: 'info',
      message: 'A browser does not tell where a dropped file lies.',
      hint: 'Choose it under Import.',
    });
  }

  async function openDownloads(): Promise<void> {
    failure.value = null;
    offer.value = null;
    page.value = 'download';
    published.value = (await useBridge().call('library.published', {})).files;
  }

  async function ask(file: string): Promise<void> {
    failure.value = null;
    offer.value = null;
    isAsking.value = true;
    try {
      offer.value = await useBridge().call('library.offer', { file });
      name.value = file;
    } catch (error) {
      failure.value = toErrorInfo(error);
    } finally {
      isAsking.value = false;
    }
  }

  async function download(): Promise<void> {
    const file = offer.value?.file.id;
    if (file === undefined) return;
    const input = { file, name: name.value.trim(), keepFile: keepFile.value };
    const added = await run((signal, show) =>
      useBridge().stream('library.download', input, show, signal),
    );
    await useNotices().guard(finish(added));
  }

  return {
    models,
    folder,
    page,
    card,
    selected,
    used,
    failure,
    path,
    name,
    published,
    offer,
    isAsking,
    keepFile,
    load,
    show,
    use,
    makeDefault,
    remove,
    measure,
    add,
    choose,
    takeDropped,
    openDownloads,
    ask,
    download,
    running: job.running,
    progress: job.progress,
    cancel: job.cancel,
  };
});
