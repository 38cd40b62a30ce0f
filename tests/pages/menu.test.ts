import type { MenuItemConstructorOptions } from 'electron';
import { describe, expect, it } from 'vitest';
import { acceleratorOf } from '../../src/main/desktop/accelerator.ts';
import { menuTemplate } from '../../src/main/desktop/menu.ts';
import { COMMANDS } from '../../src/renderer/commands/index.ts';

const shown = COMMANDS.filter(({ hidden }) => !hidden);
const items = shown.map(({ id, title, group, key }) => ({ id, title, group, key, enabled: true }));

/** Entries of all menus that have a name of a command. */
const entriesOn = (mac: boolean): MenuItemConstructorOptions[] =>
  menuTemplate({ items, recents: [] }, { run: () => undefined, open: () => undefined }, { mac, development: false }) // prettier-ignore
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
    const keys = entries.flatMap(({ accelerator }) => (accelerator === undefined ? [] : [accelerator])); // prettier-ignore
    expect(keys.length).toBeGreaterThan(20);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('takes no key that is for writing', () => {
    const taken = (mac: boolean): unknown[] => entriesOn(mac).filter(({ accelerator, registerAccelerator }) => accelerator !== undefined && (mac || registerAccelerator)); // prettier-ignore
    for (const mac of [true, false]) {
      for (const entry of taken(mac)) expect(entry).toMatchObject({ accelerator: expect.stringMatching(/^CmdOrCtrl\+/) }); // prettier-ignore
    }
  });
});
