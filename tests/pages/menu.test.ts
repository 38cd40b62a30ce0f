import type { MenuItemConstructorOptions } from 'electron';
import { describe, expect, it, vi } from 'vitest';
import { acceleratorOf } from '../../src/main/desktop/accelerator.ts';
import { menuTemplate, type MenuActions } from '../../src/main/desktop/menu.ts';
import { COMMANDS } from '../../src/renderer/commands/index.ts';

const shown = COMMANDS.filter(({ hidden }) => !hidden);
const items = shown.map(({ id, title, group, key }) => ({ id, title, group, key, enabled: true }));

const noActions = () =>
  ({
    run: vi.fn(),
    open: vi.fn(),
    undoInField: vi.fn(),
    redoInField: vi.fn(),
  }) satisfies MenuActions;

/** Entries of all menus that have a name of a command. */
const entriesOn = (mac: boolean, actions = noActions()): MenuItemConstructorOptions[] =>
  menuTemplate({ items, recents: [] }, actions, { mac, development: false })
    .flatMap(({ submenu }) => (Array.isArray(submenu) ? submenu : []))
    .filter(({ id }) => id !== undefined);

describe('the menu', () => {
  it('names the key of every command that has one, each once', () => {
    const entries = entriesOn(false);
    expect(entries).toHaveLength(shown.length);
    for (const { id, key } of shown) {
      const entry = entries.find((one) => one.id === id)!;
      expect([id, entry.accelerator]).toEqual([id, key === '' ? undefined : acceleratorOf(key)]);
    }
    const keys = entries.flatMap(({ accelerator }) =>
      accelerator === undefined ? [] : [accelerator],
    );
    expect(keys.length).toBeGreaterThan(20);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('has the menu of windows on a Mac, in front of Help', () => {
    const roles = (mac: boolean): (string | undefined)[] =>
      menuTemplate({ items, recents: [] }, noActions(), { mac, development: false }).map(
        ({ role }) => role,
      );
    expect(roles(true).slice(-2)).toEqual(['windowMenu', 'help']);
    expect(roles(false)).not.toContain('windowMenu');
  });

  it('leaves all keys to the page; on a Mac it shows those only that are not for writing', () => {
    for (const entry of entriesOn(false)) expect(entry.registerAccelerator ?? false).toBe(false);
    const shownOnMac = entriesOn(true).filter(({ accelerator }) => accelerator !== undefined);
    expect(shownOnMac.length).toBeGreaterThan(4);
    for (const { accelerator } of shownOnMac) expect(accelerator).toMatch(/^CmdOrCtrl\+/);
  });

  it('runs what is pressed in it, and no command of a key that the page left', () => {
    const actions = noActions();
    const entries = entriesOn(true, actions);
    const press = (triggeredByAccelerator: boolean): void => {
      for (const { click } of entries) click!({} as never, undefined, { triggeredByAccelerator });
    };
    press(true);
    expect(actions.run).not.toHaveBeenCalled();
    expect([actions.undoInField, actions.redoInField].map((f) => f.mock.calls.length)).toEqual([
      1, 1,
    ]);
    press(false);
    expect(actions.run.mock.calls.map(([id]) => id as string).sort()).toEqual(
      shown.map(({ id }) => id).sort(),
    );
  });
});
