import type { MenuItemConstructorOptions } from 'electron';
import type { MenuItem } from '../../shared/contract/index.ts';
import { acceleratorOf } from './accelerator.ts';

export interface MenuContents {
  /** What the page can do, in its order; nothing while there is no page. */
  readonly items: readonly MenuItem[];
  /** What was opened before, the last one first. */
  readonly recents: readonly { readonly title: string; readonly paths: readonly string[] }[];
}

export interface MenuActions {
  /** Runs a command of the page. */
  readonly run: (id: string) => void;
  readonly open: (paths: readonly string[]) => void;
  /** Takes back, or does again, what was written in the field that has the focus, if one has. */
  readonly undoInField: () => void;
  readonly redoInField: () => void;
}

type Entries = MenuItemConstructorOptions[];

const SEPARATOR: MenuItemConstructorOptions = { type: 'separator' };
const ABOUT = 'help.about';

/** The menu of the application: the page's commands by group, and what a system expects beside. */
export function menuTemplate(
  { items, recents }: MenuContents,
  actions: MenuActions,
  { mac, development }: { readonly mac: boolean; readonly development: boolean },
): Entries {
  const { run, open } = actions;
  const entryOf = ({ id, title, key, enabled }: MenuItem): MenuItemConstructorOptions => ({
    id,
    label: title,
    enabled,
    ...shortcut(key, mac),
    click: (_, __, { triggeredByAccelerator }) =>
      triggeredByAccelerator ? left(id, actions) : run(id),
  });
  // These are there without a page, too.
  const groups = new Map<string, Entries>(['File', 'Edit', 'View'].map((name) => [name, []]));
  for (const item of items) {
    groups.set(item.group, [...(groups.get(item.group) ?? []), entryOf(item)]);
  }
  const recent = recents.map(({ title, paths }) => ({ label: title, click: () => open(paths) }));
  const beside: Readonly<Record<string, Entries>> = {
    File: [
      { label: 'Open recent', enabled: recent.length > 0, submenu: recent },
      SEPARATOR,
      { role: mac ? 'close' : 'quit' },
    ],
    // Fields of text need these; on a Mac they have no keys without a menu.
    Edit: [SEPARATOR, { role: 'cut' }, { role: 'copy' }, { role: 'paste' }, { role: 'selectAll' }],
    View: [
      SEPARATOR,
      { role: 'togglefullscreen' },
      ...(development ? ([{ role: 'toggleDevTools' }] as const) : []),
    ],
  };
  const submenus = [...groups].map(([label, entries]): MenuItemConstructorOptions => ({
    label,
    ...(label === 'Help' && { role: 'help' as const }),
    submenu: [...entries, ...(beside[label] ?? [])],
  }));
  if (!mac) return submenus;
  // A Mac lists windows there, in front of Help; without it ⌘M does nothing.
  const help = submenus.filter(({ role }) => role === 'help');
  const others = submenus.filter(({ role }) => role !== 'help');
  return [applicationMenu(items, run), ...others, { role: 'windowMenu' }, ...help];
}

/**
 * The page hears every key first and knows what has the focus: the menu only shows keys. A Mac cannot
 * show one without taking it where the page left it, and single letters are for writing.
 */
function shortcut(key: string, mac: boolean): MenuItemConstructorOptions {
  const accelerator = acceleratorOf(key);
  if (accelerator === undefined || (mac && !key.startsWith('Mod+'))) return {};
  return { accelerator, registerAccelerator: false };
}

/**
 * A key that the page left to the menu: it did not want the command, a dialog is open or something is
 * being written. Fields hear of undo from the menu alone.
 */
function left(id: string, { undoInField, redoInField }: MenuActions): void {
  if (id === 'edit.undo') undoInField();
  if (id === 'edit.redo') redoInField();
}

function applicationMenu(
  items: readonly MenuItem[],
  run: MenuActions['run'],
): MenuItemConstructorOptions {
  const about = items.find(({ id }) => id === ABOUT);
  return {
    role: 'appMenu',
    submenu: [
      ...(about ? [{ label: about.title, click: () => run(ABOUT) }, SEPARATOR] : []),
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      SEPARATOR,
      { role: 'quit' },
    ],
  };
}
