import { app, Menu } from 'electron';
import type { MenuItem } from '../../shared/contract/index.ts';
import { menuTemplate, type MenuActions, type MenuContents } from './menu.ts';

export interface AppMenu {
  readonly show: (items: readonly MenuItem[]) => void;
  readonly setRecents: (recents: MenuContents['recents']) => void;
}

/** Keeps the application's menu as the page and the list of recent series are. */
export function createAppMenu(actions: MenuActions): AppMenu {
  let contents: MenuContents = { items: [], recents: [] };
  const platform = { mac: process.platform === 'darwin', development: !app.isPackaged };
  const build = (): void =>
    Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(contents, actions, platform)));
  build();
  return {
    show(items) {
      const shapeOf = (all: readonly MenuItem[]): string =>
        JSON.stringify(all.map(({ id, title, group, key }) => [id, title, group, key]));
      const isSame = shapeOf(items) === shapeOf(contents.items);
      contents = { ...contents, items };
      if (!isSame) return build();
      // Rebuilding would close a menu that is open.
      const menu = Menu.getApplicationMenu();
      for (const { id, enabled } of items) {
        const entry = menu?.getMenuItemById(id);
        if (entry) entry.enabled = enabled;
      }
    },
    setRecents(recents) {
      contents = { ...contents, recents };
      build();
    },
  };
}
