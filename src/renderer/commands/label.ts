import { watch } from 'vue';
import { useAnnotation, type Label } from '../stores/annotation-store.ts';
import { useNotices } from '../stores/notices-store.ts';
import { useView } from '../stores/view-store.ts';
import type { Command } from './types.ts';

const hasLabel = (): boolean => useAnnotation().active !== null;

function change(make: (label: Label) => Partial<Label>): void {
  const { active, changeLabel } = useAnnotation();
  if (active) void changeLabel(active.id, make(active));
}

/** Removes a label; that can be undone at a click for as long as nothing else is. */
export async function removeLabel({ id, name }: Label): Promise<void> {
  const annotation = useAnnotation();
  const notices = useNotices();
  await annotation.removeLabel(id);
  if (annotation.labels.some((label) => label.id === id)) return;
  const notice = notices.add({
    level: 'info',
    message: `“${name}” was removed.`,
    actions: [{ title: 'Undo', run: () => void annotation.undo() }],
  });
  const stop = watch(
    () => `${annotation.stack} ${annotation.undoNames.length} ${annotation.undoNames[0]}`,
    () => {
      notices.remove(notice);
      stop();
    },
  );
}

let isAdding = false;

/**
 * Adds a label under a free name; its prompt is proposed as soon as it is named. One at a time:
 * the name of the next one depends on it.
 */
async function addLabel(): Promise<void> {
  if (isAdding) return;
  isAdding = true;
  try {
    await addOne();
  } finally {
    isAdding = false;
  }
}

async function addOne(): Promise<void> {
  const { labels, createLabel } = useAnnotation();
  const names = new Set(labels.map(({ name }) => name));
  let name = 'new label';
  for (let n = 2; names.has(name); n++) name = `new label ${n}`;
  await useNotices().guard(createLabel({ name }));
  useView().naming = useAnnotation().activeId;
}

const choose = (n: number): Command => ({
  id: `label.${n}`,
  title: `Label ${n}`,
  group: 'Labels',
  key: `${n}`,
  hidden: true,
  enabled: () => useAnnotation().labels.length >= n,
  run: () => (useAnnotation().activeId = useAnnotation().labels[n - 1]!.id),
});

/** The next label of the list, round and round. */
const walk = (id: string, title: string, key: string, step: 1 | -1): Command => ({
  id: `label.${id}`,
  title,
  group: 'Labels',
  key,
  enabled: () => useAnnotation().labels.length > 1,
  run() {
    const annotation = useAnnotation();
    const { labels, activeId } = annotation;
    const at = labels.findIndex((label) => label.id === activeId);
    annotation.activeId = labels.at((at + step) % labels.length)!.id;
  },
});

export const labelCommands: readonly Command[] = [
  {
    id: 'label.add',
    title: 'Add a label',
    group: 'Labels',
    key: 'L',
    needsHost: true,
    enabled: () => useAnnotation().map !== null,
    run: addLabel,
  },
  {
    id: 'label.lock',
    title: 'Lock or unlock the label',
    group: 'Labels',
    key: 'K',
    enabled: hasLabel,
    run: () => change(({ locked }) => ({ locked: !locked })),
  },
  {
    id: 'label.show',
    title: 'Show or hide the label',
    group: 'Labels',
    key: 'Shift+V',
    enabled: hasLabel,
    run: () => change(({ visible }) => ({ visible: !visible })),
  },
  {
    id: 'label.solo',
    title: 'Show the chosen label alone, or all again',
    group: 'Labels',
    key: 'Alt+V',
    enabled: hasLabel,
    run: () => (useView().solo = !useView().solo),
  },
  walk('next', 'Next label', 'Alt+L', 1),
  walk('previous', 'Previous label', 'Alt+Shift+L', -1),
  ...Array.from({ length: 9 }, (_, n) => choose(n + 1)),
];
