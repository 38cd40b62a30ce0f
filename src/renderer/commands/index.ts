import { hostAway } from '../model/host-away.ts';
import { useBlink } from '../stores/blink-store.ts';
import { useConnection } from '../stores/connection-store.ts';
import { useNotices } from '../stores/notices-store.ts';
import { useSettings } from '../stores/settings-store.ts';
import { useView } from '../stores/view-store.ts';
import { useVolume } from '../stores/volume-store.ts';
import { editCommands } from './edit.ts';
import { fileCommands, helpCommands } from './file.ts';
import { keyOf, keyText } from './keys.ts';
import { labelCommands } from './label.ts';
import { learnCommands, reviewCommands } from './review.ts';
import { suggestCommands } from './suggest.ts';
import type { Command } from './types.ts';
import { toolCommands, viewCommands } from './view.ts';

export { GROUPS, type Command, type Group } from './types.ts';

/** Everything that can be done: drives the menu, the keys and their overview. */
export const COMMANDS: readonly Command[] = [
  ...fileCommands,
  ...editCommands,
  ...viewCommands,
  ...toolCommands,
  ...labelCommands,
  ...suggestCommands,
  ...reviewCommands,
  ...learnCommands,
  ...helpCommands,
];

const byId = new Map(COMMANDS.map((command) => [command.id, command]));

/** @throws RangeError where there is none of this name. */
export function commandOf(id: string): Command {
  const command = byId.get(id);
  if (!command) throw new RangeError(`no command ${id}`);
  return command;
}

/** What a command is called for the image that is open. */
export const titleOf = ({ title }: Command): string => useVolume().inWords(title);

export const isEnabled = ({ enabled }: Command): boolean => enabled?.() ?? true;

/**
 * Runs a command by name; one that cannot be done now, or does not exist, does nothing. Without the
 * host, what needs it is refused.
 */
export function runCommand(id: string): void {
  const command = byId.get(id);
  if (!command || !isEnabled(command)) return;
  const isAway = useConnection().link.kind === 'lost';
  if (isAway && command.needsHost) useNotices().fail(hostAway(titleOf(command)));
  else void useNotices().guard(Promise.resolve(command.run()));
}

/** The user's key of a command, or its default; '' where it has none. */
export const keyOfCommand = ({ id, key }: Command): string => useSettings().values?.keys[id] ?? key;

/** The key of a command as it is shown, '' where it has none. */
export function shownKey(id: string): string {
  const command = byId.get(id);
  return command ? keyText(keyOfCommand(command)) : '';
}

export const commandAt = (key: string): Command | undefined =>
  COMMANDS.find((command) => keyOfCommand(command) === key);

/** Keys that sliders, lists and menus need for themselves. */
const MOVING = new Set([
  'ArrowUp',
  'ArrowDown',
  'ArrowLeft',
  'ArrowRight',
  'Home',
  'End',
  'PageUp',
  'PageDown',
]);
const PRESSING = new Set(['Space', 'Enter', 'Delete']);

/**
 * Whether the pointer was last used in a view. Tab then is a command as any other; for everybody who
 * works by keys it moves the focus, and so does Shift+Tab always.
 */
let pointsInView = false;

/** To be told of every press of the pointer. */
export function onPointerDown({ target }: PointerEvent): void {
  pointsInView = target instanceof Element && target.closest('.views') !== null;
}

function belongsToTarget(target: EventTarget | null, key: string): boolean {
  if (key === 'Shift+Tab') pointsInView = false;
  if (key.endsWith('Tab') && !pointsInView) return true;
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest('.v-overlay-container')) return true;
  if (target.isContentEditable || target.closest('textarea, select')) return true;
  const input = target.closest('input');
  if (input && !['checkbox', 'radio', 'range'].includes(input.type)) return true;
  if (target.closest('[role=slider], [role=listbox], [role=radiogroup], input')) {
    return MOVING.has(key) || PRESSING.has(key);
  }
  return target.closest('button, a, [role=button]') !== null && PRESSING.has(key);
}

/**
 * Runs the command of a key, unless what has the focus needs the key for itself. A dialog hears
 * Escape only once it has the focus: until then it is closed from here.
 */
export function onKeyDown(event: KeyboardEvent): void {
  const key = keyOf(event);
  if (key === null || event.defaultPrevented || event.isComposing) return;
  if (belongsToTarget(event.target, key)) return;
  const view = useView();
  if (view.dialog !== null) {
    if (key === 'Escape') view.dialog = null;
    return;
  }
  if (key === 'Escape' && view.filled !== null) {
    view.filled = null;
    return;
  }
  if (key === 'Escape' && useBlink().shows !== null) {
    useBlink().end();
    return;
  }
  const command = commandAt(key);
  if (!command || !isEnabled(command)) return;
  event.preventDefault();
  if (event.repeat && !command.repeats) return;
  runCommand(command.id);
}
