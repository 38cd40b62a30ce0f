/** Names of keys where Electron's differ from the page's. */
const NAMES: Readonly<Record<string, string>> = {
  Mod: 'CmdOrCtrl',
  ArrowUp: 'Up',
  ArrowDown: 'Down',
  ArrowLeft: 'Left',
  ArrowRight: 'Right',
};

const NAMED =
  /^(?:Alt|Shift|CmdOrCtrl|Up|Down|Left|Right|Home|End|PageUp|PageDown|Space|Tab|Backspace|Delete|Insert|Enter|Escape|Plus|F(?:[1-9]|1\d|2[0-4])|[A-Z0-9]|[!-*,-/:-@[-`{-~])$/;

/**
 * A key as the page writes it ("Mod+Shift+Z") as Electron does, undefined where a menu cannot name
 * it: Electron throws at what it does not know.
 */
export function acceleratorOf(key: string): string | undefined {
  const parts = key.split('+').map((part) => NAMES[part] ?? part);
  return parts.every((part) => NAMED.test(part)) ? parts.join('+') : undefined;
}
