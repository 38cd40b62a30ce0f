import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Db } from './database.ts';
import { seriesOf } from './series.ts';

/** What a suggestion was computed with. Where any of these differs, it is another suggestion. */
export interface SuggestionKey {
  /** sha256 of the bundle in the precision that it was computed in. */
  readonly variant: string;
  /** Version of the adapters, '' for those of the bundle. */
  readonly adapters: string;
  /** Prompt, window, samples, seed …, in any form that is equal where they are. */
  readonly settings: string;
}

export interface SuggestionSummary {
  readonly label: string;
  readonly index: number;
  readonly samplesUsed: number;
  readonly score: number;
  readonly doubt: number;
}

/** One label in one slice. Maps are columns × rows; all four of one length. */
export interface Suggestion extends SuggestionSummary {
  /** 0 … 255 for probability 0 … 1. */
  readonly probability: Uint8Array;
  /** The rest 0 … 255 for 0 … ln 2 nats. */
  readonly total: Uint8Array;
  readonly aleatoric: Uint8Array;
  readonly epistemic: Uint8Array;
}

/** A cache of suggestions, which would take time to compute again; beyond its limit the oldest are dropped. */
export interface SuggestionCache {
  readonly put: (
    stack: string,
    suggestions: readonly { key: SuggestionKey; suggestion: Suggestion }[],
  ) => void;
  readonly get: (
    stack: string,
    label: string,
    index: number,
    key: SuggestionKey,
  ) => Suggestion | undefined;
  /** All of a label that were computed with this key. */
  readonly list: (stack: string, label: string, key: SuggestionKey) => SuggestionSummary[];
  /** How many of a label were computed with this key. */
  readonly count: (stack: string, label: string, key: SuggestionKey) => number;
  readonly clear: (stack: string) => void;
}

interface SummaryRow {
  readonly label: number;
  readonly position: number;
  readonly samples: number;
  readonly score: number;
  readonly doubt: number;
}

const SUMMARY = 'label, position, samples, score, doubt';
const KEYED = 'series = ? AND label = ? AND bundle = ? AND adapters = ? AND settings = ?';

/** @param mostBytes of compressed maps. */
export function suggestionCache(db: Db, mostBytes: number): SuggestionCache {
  const put: SuggestionCache['put'] = (stack, suggestions) =>
    db.transaction(() => {
      const series = seriesOf(db, stack).id;
      for (const { key, suggestion } of suggestions) {
        const maps = pack(suggestion);
        db.run(
          `INSERT OR REPLACE INTO suggestion
             (series, position, label, bundle, adapters, settings, samples, score, doubt, maps, bytes)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          series,
          suggestion.index,
          Number(suggestion.label),
          key.variant,
          key.adapters,
          key.settings,
          suggestion.samplesUsed,
          suggestion.score,
          suggestion.doubt,
          maps,
          maps.length,
        );
      }
      dropOldest(db, mostBytes);
    });

  return {
    put,
    get(stack, label, index, key) {
      const row = db.get<SummaryRow & { maps: Uint8Array }>(
        `SELECT ${SUMMARY}, maps FROM suggestion WHERE ${KEYED} AND position = ?`,
        ...valuesOf(seriesOf(db, stack).id, label, key),
        index,
      );
      return row === undefined ? undefined : unpack(row);
    },
    list: (stack, label, key) =>
      db
        .all<SummaryRow>(
          `SELECT ${SUMMARY} FROM suggestion WHERE ${KEYED} ORDER BY position`,
          ...valuesOf(seriesOf(db, stack).id, label, key),
        )
        .map(toSummary),
    count: (stack, label, key) =>
      db.get<{ count: number }>(
        `SELECT count(*) AS count FROM suggestion WHERE ${KEYED}`,
        ...valuesOf(seriesOf(db, stack).id, label, key),
      )!.count,
    clear: (stack) => {
      db.run('DELETE FROM suggestion WHERE series = ?', seriesOf(db, stack).id);
    },
  };
}

const valuesOf = (series: number, label: string, key: SuggestionKey) =>
  [series, Number(label), key.variant, key.adapters, key.settings] as const;

const toSummary = (row: SummaryRow): SuggestionSummary => ({
  label: String(row.label),
  index: row.position,
  samplesUsed: row.samples,
  score: row.score,
  doubt: row.doubt,
});

/** Fast rather than small: maps come by the hundred while somebody works. */
function pack({ probability, total, aleatoric, epistemic }: Suggestion): Uint8Array {
  const maps = [probability, total, aleatoric, epistemic];
  if (maps.some(({ length }) => length !== probability.length)) {
    throw new RangeError('The maps of a suggestion have one size.');
  }
  return deflateRawSync(Buffer.concat(maps), { level: 1 });
}

/** A cache need not be complete: an entry that cannot be read counts as missing. */
function unpack(row: SummaryRow & { maps: Uint8Array }): Suggestion | undefined {
  try {
    const bytes = inflateRawSync(row.maps);
    const pixels = bytes.length / 4;
    const map = (n: number): Uint8Array => bytes.subarray(n * pixels, (n + 1) * pixels);
    return {
      ...toSummary(row),
      probability: map(0),
      total: map(1),
      aleatoric: map(2),
      epistemic: map(3),
    };
  } catch {
    return undefined;
  }
}

function dropOldest(db: Db, mostBytes: number): void {
  let bytes = db.get<{ sum: number }>('SELECT coalesce(sum(bytes), 0) AS sum FROM suggestion')!.sum;
  while (bytes > mostBytes) {
    const oldest = db.get<{ id: number; bytes: number }>(
      'SELECT id, bytes FROM suggestion ORDER BY id LIMIT 1',
    )!;
    db.run('DELETE FROM suggestion WHERE id = ?', oldest.id);
    bytes -= oldest.bytes;
  }
}
