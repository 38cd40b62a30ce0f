import type { Lineage } from '../../engine/bundle/lineage.ts';
import type { LearningSlice } from '../../engine/learn/types.ts';

/** A slice whose role in learning is decided. */
export interface AssignedSlice {
  readonly name: string;
  readonly role: Lineage['slices'][number]['role'];
  /** Whether any label was in it when the role was assigned. */
  readonly shows: boolean;
}

/** Where roles are kept: in the workspace, or in memory for one run of a command. */
export interface RoleStore {
  /** In the order in which they were assigned. */
  readonly list: () => readonly AssignedSlice[];
  /** Adds slices, or changes them in their place. */
  readonly put: (slices: readonly AssignedSlice[]) => void;
}

export function rolesInMemory(): RoleStore {
  const slices = new Map<string, AssignedSlice>();
  return {
    list: () => [...slices.values()],
    put: (assigned) => assigned.forEach((slice) => slices.set(slice.name, slice)),
  };
}

type Named = Pick<LearningSlice, 'targets'> & { readonly name: string };

/**
 * Parts slices into those to train on and those held back to judge by. A slice has its role from the
 * moment when it is first learned from, and keeps it under its name: no later version trains on what
 * any judgement used, whatever is undone, rejected or decided again in between.
 *
 * Every fourth of the slices that show something, from the second on, is held back. So is every
 * fourth of the empty ones that come after those two, also from the second on: they tell of what a
 * model sees where nothing is, but by themselves would call any model perfect that finds nothing.
 *
 * @param slices in the order in which they were decided.
 * @param store roles assigned before; what is assigned here is put there.
 * @param versions learned before. What any of them was judged on is held back, what others were
 *   trained on is trained on, also where the store does not know of it.
 */
export function splitDecided<T extends Named>(
  slices: readonly T[],
  store: RoleStore = rolesInMemory(),
  versions: readonly Pick<Lineage, 'slices'>[] = [],
): { training: T[]; validation: T[] } {
  const assigned = new Map(store.list().map((slice) => [slice.name, slice]));
  const changed = new Map<string, AssignedSlice>();
  const assign = ({ name, targets }: T, role: AssignedSlice['role']): void => {
    const slice = { name, role, shows: shows(targets) };
    assigned.set(name, slice);
    changed.set(name, slice);
  };

  const earlier = rolesIn(versions);
  for (const slice of slices) {
    const [now, before] = [assigned.get(slice.name)?.role, earlier.get(slice.name)];
    const isLate = now === undefined && before !== undefined;
    if (isLate || (now === 'training' && before === 'validation')) assign(slice, before);
  }
  for (const slice of slices) {
    if (!assigned.has(slice.name)) assign(slice, nextRole([...assigned.values()], slice));
  }
  if (changed.size > 0) store.put([...changed.values()]);

  const having = (role: AssignedSlice['role']): T[] =>
    slices.filter(({ name }) => assigned.get(name)!.role === role);
  return { training: having('training'), validation: having('validation') };
}

/** Roles by the names of slices; what was both trained and judged on is held back from now on. */
function rolesIn(
  versions: readonly Pick<Lineage, 'slices'>[],
): ReadonlyMap<string, AssignedSlice['role']> {
  const roles = new Map<string, AssignedSlice['role']>();
  for (const { name, role } of versions.flatMap((version) => version.slices)) {
    if (role === 'validation' || !roles.has(name)) roles.set(name, role);
  }
  return roles;
}

function nextRole(
  assigned: readonly AssignedSlice[],
  { targets }: Pick<LearningSlice, 'targets'>,
): AssignedSlice['role'] {
  let [shown, empty] = [0, 0];
  for (const slice of assigned) {
    if (slice.shows) shown++;
    else if (shown > 1) empty++;
  }
  const isHeldBack = shows(targets) ? shown % 4 === 1 : shown > 1 && empty % 4 === 1;
  return isHeldBack ? 'validation' : 'training';
}

const shows = (targets: LearningSlice['targets']): boolean =>
  targets.some(({ mask }) => mask.includes(1));
