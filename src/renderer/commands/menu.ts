import { computed, watch } from 'vue';
import type { MenuItem } from '../../shared/contract/index.ts';
import { useBridge } from '../bridge.ts';
import { useConnection } from '../stores/connection-store.ts';
import { useNotices } from '../stores/notices-store.ts';
import { COMMANDS, isEnabled, keyOfCommand, runCommand, titleOf } from './index.ts';

/** The commands as they are now, for the menu of the application. */
export const menuItems = (): MenuItem[] =>
  COMMANDS.filter(({ hidden }) => !hidden).map((command) => ({
    id: command.id,
    title: titleOf(command),
    group: command.group,
    key: keyOfCommand(command),
    enabled: isEnabled(command),
  }));

const inField = (): boolean =>
  document.activeElement instanceof HTMLElement &&
  document.activeElement.matches('input, textarea, [contenteditable]');

/** What is written in a field is undone there: its keys come by way of the menu on a Mac. */
function runFromMenu(id: string): void {
  if ((id === 'edit.undo' || id === 'edit.redo') && inField()) {
    document.execCommand(id === 'edit.undo' ? 'undo' : 'redo');
  } else runCommand(id);
}

/** Runs what is chosen in the menu of a desktop, and keeps that menu as the commands are. */
export function followMenu(): void {
  const bridge = useBridge();
  bridge.on('command', ({ name }) => runFromMenu(name));
  // As text, so that it is sent again only when something is different.
  const menu = computed(() => (useConnection().desktop ? JSON.stringify(menuItems()) : null));
  watch(
    menu,
    (items) => {
      if (items !== null) {
        void useNotices().guard(
          bridge.call('menu.show', { items: JSON.parse(items) as MenuItem[] }),
        );
      }
    },
    { immediate: true },
  );
}
