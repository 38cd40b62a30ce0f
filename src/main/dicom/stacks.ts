import type { Triple } from '../../shared/volume.ts';
import { judgeStack } from './geometry.ts';
import { groupBy } from '../../shared/group-by.ts';
import { phasesOf, type Phase } from './phases.ts';
import { distanceAlongNormal } from '../../shared/image/index.ts';
import type { Frame, Stack } from './types.ts';

/** Frames whose directions differ by less lie in parallel planes: |Δ| of a unit vector, about 0.06°. */
const DIRECTION_TOLERANCE = 1e-3;
/** Relative difference of pixel spacings that decimal strings explain. */
const SPACING_TOLERANCE = 1e-4;
/** Positions along the normal that differ by less, in mm, are the same. */
const SAME_POSITION = 0.01;

/**
 * What tells frames at one place apart by its value, most telling first. Times, which differ from
 * slice to slice of one acquisition too, come after these, by their order (`phases`).
 */
const SPLITTING_TRAITS = [
  'stack',
  'image type',
  'echo number',
  'echo time',
  'inversion time',
  'flip angle',
  'b-value',
  'direction',
  'temporal position',
  'phase',
  'kernel',
  'acquisition',
  'trigger time',
] as const;

const UNITS: Readonly<Record<string, string>> = { 'trigger time': ' ms' };

/**
 * The stacks of one series, whatever the order of the frames: frames of one size, direction, spacing and
 * number of channels, parted further by what differs where they would lie on top of each other: by the
 * value of a trait, then by the order of times and numbers. Frames that do not say where they lie stay
 * together, but for files with several.
 *
 * Saved workspaces know a stack by its id. So ids count what values part, as they always did; of what
 * is parted by order, or by file, the first part keeps the id, and the others are counted behind all of
 * these. Colour, which was not read then, is counted last.
 */
export function stacksOf(seriesUid: string, frames: readonly Frame[]): Stack[] {
  const groups = groupByGeometry(frames).flatMap((group) =>
    separate(group.map(sortable)).map((part) => ({
      frames: part.frames.sort(byPlace).map(({ frame }) => frame),
      distinction: part.distinction,
    })),
  );
  const channels = new Set(frames.map((frame) => frame.channels));
  const geometries = new Map(
    groups.map((group) => [group, groupName(group.frames, channels.size > 1)]),
  );
  const severalGeometries = new Set(geometries.values()).size > 1;
  groups.sort(
    (a, b) =>
      b.frames.length - a.frames.length ||
      rank(a.frames) - rank(b.frames) ||
      naturally.compare(a.distinction, b.distinction) ||
      compare(geometries.get(a)!, geometries.get(b)!),
  );
  let next = 0;
  const nextId = (): string => (next++ === 0 ? seriesUid : `${seriesUid}#${next}`);
  return [1, 3].flatMap((count) => {
    const alike = groups.filter((group) => group.frames[0]!.channels === count);
    const ids = alike.map(nextId);
    return alike.flatMap((group, n) =>
      partsOf(group.frames).map(({ frames, distinction }, part) =>
        judgeStack({
          id: part === 0 ? ids[n]! : nextId(),
          distinction: [
            severalGeometries ? geometries.get(group)! : '',
            group.distinction,
            distinction,
          ]
            .filter(Boolean)
            .join(', '),
          frames,
        }),
      ),
    );
  });
}

/** @param frames sorted by place. */
function partsOf(frames: readonly Frame[]): readonly Phase[] {
  const whole = { frames, distinction: '' };
  if (frames[0]!.plane === undefined) return byFile(frames);
  // Tiles of a mosaic are apart already.
  if (frames[0]!.tile !== undefined) return [whole];
  return (
    phasesOf(placesOf(frames.map(sortable)).map((place) => place.map(({ frame }) => frame))) ?? [
      whole,
    ]
  );
}

/** Without a place, each file with several frames is an image of its own; so are those shown inverted. */
function byFile(frames: readonly Frame[]): readonly Phase[] {
  const several = new Set(frames.filter(({ index }) => index > 0).map(({ source }) => source));
  const parts = groupBy(frames, ({ source, inverted }) =>
    several.has(source) ? source : inverted,
  );
  if (parts.size === 1) return [{ frames, distinction: '' }];
  return [...parts.values()].map((part, n) => ({
    frames: part,
    distinction: `image ${n + 1} of ${parts.size}`,
  }));
}

const naturally = new Intl.Collator('en', { numeric: true });

/** Magnitude images go before phase, field maps and other parts, which nobody outlines organs on. */
function rank(frames: readonly Frame[]): number {
  const type = frames[0]!.traits['image type'] ?? '';
  return /\b(P|PHASE|PHASE MAP|FIELD_MAP|B0|R|REAL|I|IMAGINARY|VELOCITY)\b/.test(type) ? 1 : 0;
}

function groupName(frames: readonly Frame[], saysColour: boolean): string {
  const { columns, rows, channels, traits } = frames[0]!;
  const localizer = /\bLOCALI[SZ]ER\b/.test(traits['image type'] ?? '') ? ' localizer' : '';
  const colour = saysColour && channels === 3 ? ' in colour' : '';
  return `${columns} × ${rows}${colour}${localizer}`;
}

function groupByGeometry(frames: readonly Frame[]): Frame[][] {
  const groups: Frame[][] = [];
  for (const frame of frames) {
    const group = groups.find(([first]) => parallel(first!, frame));
    if (group === undefined) groups.push([frame]);
    else group.push(frame);
  }
  return groups;
}

function parallel(a: Frame, b: Frame): boolean {
  const localizer = (f: Frame): boolean => /\bLOCALI[SZ]ER\b/.test(f.traits['image type'] ?? '');
  if (a.rows !== b.rows || a.columns !== b.columns || localizer(a) !== localizer(b)) return false;
  if (a.channels !== b.channels) return false;
  if ((a.plane === undefined) !== (b.plane === undefined)) return false;
  // Without a place, frames of different files are a series of pictures, no volume.
  if (a.plane === undefined || b.plane === undefined) return true;
  const close = (p: Triple, q: Triple): boolean =>
    Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]) < DIRECTION_TOLERANCE;
  const [p, q] = [a.pixelSpacing, b.pixelSpacing];
  const evenlySpaced =
    p === undefined || q === undefined
      ? p === q
      : Math.abs(p[0] / q[0] - 1) < SPACING_TOLERANCE &&
        Math.abs(p[1] / q[1] - 1) < SPACING_TOLERANCE;
  return evenlySpaced && close(a.plane.row, b.plane.row) && close(a.plane.column, b.plane.column);
}

interface Sortable {
  readonly frame: Frame;
  /** Distance along the normal from the patient's origin, mm. */
  readonly along: number;
}

function sortable(frame: Frame): Sortable {
  return { frame, along: frame.plane === undefined ? 0 : distanceAlongNormal(frame.plane) };
}

function byPlace(a: Sortable, b: Sortable): number {
  if (a.frame.tile && b.frame.tile && a.frame.source === b.frame.source) {
    return a.frame.tile.down - b.frame.tile.down || a.frame.tile.across - b.frame.tile.across;
  }
  const apart = a.along - b.along;
  // Positions of one place come in different rounding: there the number of the instance decides.
  if (Math.abs(apart) >= SAME_POSITION) return apart;
  return (
    a.frame.instanceNumber - b.frame.instanceNumber ||
    a.frame.index - b.frame.index ||
    compare(a.frame.sopInstanceUid, b.frame.sopInstanceUid)
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

interface Part {
  readonly frames: Sortable[];
  readonly distinction: string;
}

/** Splits frames that lie on top of each other by one trait after the other, as long as that helps. */
function separate(frames: Sortable[]): Part[] {
  let parts: Part[] = [{ frames, distinction: '' }];
  if (frames[0]!.frame.plane === undefined) return parts;
  for (const trait of SPLITTING_TRAITS) {
    parts = parts.flatMap((part) => splitBy(part, trait));
  }
  return parts.flatMap(byMosaic);
}

/** Every mosaic is a volume of its own, whatever its headers fail to tell apart. */
function byMosaic(part: Part): Part[] {
  if (part.frames.some(({ frame }) => frame.tile === undefined)) return [part];
  const tiles = groupBy(part.frames, ({ frame }) => frame.source);
  if (tiles.size === 1) return [part];
  return [...tiles.values()]
    .sort(([a], [b]) => byPlace(a!, b!))
    .map((frames, n) => ({
      frames,
      distinction: [part.distinction, `image ${n + 1} of ${tiles.size}`].filter(Boolean).join(', '),
    }));
}

function splitBy(part: Part, trait: string): Part[] {
  if (coincidences(part.frames) === 0) return [part];
  const groups = groupBy(part.frames, ({ frame }) => frame.traits[trait] ?? '');
  const remaining = [...groups.values()].reduce((sum, group) => sum + coincidences(group), 0);
  // A trait that differs from slice to slice would leave single slices, not volumes.
  const torn = groups.size > 1 && [...groups.values()].every((group) => group.length === 1);
  const placed = part.frames.length - coincidences(part.frames);
  if (groups.size < 2 || remaining >= coincidences(part.frames) || (torn && placed > 1))
    return [part];
  return [...groups].map(([value, items]) => ({
    frames: items,
    distinction: [part.distinction, value === '' ? '' : `${trait} ${value}${UNITS[trait] ?? ''}`]
      .filter(Boolean)
      .join(', '),
  }));
}

/** How many frames lie where another one lies already. */
function coincidences(frames: readonly Sortable[]): number {
  return frames.length - placesOf(frames).length;
}

/** Frames that lie at the same place together, along the normal. */
function placesOf(frames: readonly Sortable[]): Sortable[][] {
  const places: Sortable[][] = [];
  let last = -Infinity;
  for (const item of [...frames].sort((a, b) => a.along - b.along)) {
    if (item.along - last < SAME_POSITION) places.at(-1)!.push(item);
    else places.push([item]);
    last = item.along;
  }
  return places;
}
