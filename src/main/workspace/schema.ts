/**
 * The steps that lead from an empty file to the present schema: the n-th makes version n. A step
 * that was released is never changed; what is needed next becomes a further step.
 *
 * Tables are STRICT and have integer keys, so that a damaged file can be read row by row. `seal` is
 * a checksum (seal.ts): SQLite does not notice when the disk changes a byte of a blob.
 */
export const STEPS: readonly string[] = [
  // 1: what is painted.
  `
  CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    stack TEXT NOT NULL UNIQUE,
    series_uid TEXT NOT NULL,
    description TEXT NOT NULL,
    modality TEXT NOT NULL,
    columns INTEGER NOT NULL CHECK (columns > 0),
    rows INTEGER NOT NULL CHECK (rows > 0),
    slices INTEGER NOT NULL CHECK (slices > 0),
    files TEXT NOT NULL,
    opened TEXT NOT NULL,
    -- Whether edits were dropped from the journal, so that it does not begin with empty slices.
    trimmed INTEGER NOT NULL DEFAULT 0 CHECK (trimmed IN (0, 1))
  ) STRICT;

  CREATE TABLE label (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    series INTEGER NOT NULL REFERENCES series (id),
    value INTEGER NOT NULL CHECK (value BETWEEN 1 AND 255),
    name TEXT NOT NULL,
    colour TEXT NOT NULL,
    prompt TEXT NOT NULL,
    visible INTEGER NOT NULL CHECK (visible IN (0, 1)),
    locked INTEGER NOT NULL CHECK (locked IN (0, 1)),
    term TEXT,
    -- A removed label keeps its value for as long as its removal can be undone.
    removed INTEGER NOT NULL DEFAULT 0 CHECK (removed IN (0, 1)),
    UNIQUE (series, value)
  ) STRICT;

  -- The label map, slice by slice as runs (shared/labelmap/rle.ts); empty slices have no row.
  CREATE TABLE slice (
    id INTEGER PRIMARY KEY,
    series INTEGER NOT NULL REFERENCES series (id),
    position INTEGER NOT NULL CHECK (position >= 0),
    runs BLOB NOT NULL,
    seal INTEGER NOT NULL,
    UNIQUE (series, position)
  ) STRICT;

  -- Slices without a row are unseen.
  CREATE TABLE review (
    id INTEGER PRIMARY KEY,
    series INTEGER NOT NULL REFERENCES series (id),
    position INTEGER NOT NULL CHECK (position >= 0),
    state TEXT NOT NULL CHECK (state IN ('accepted', 'corrected', 'rejected')),
    UNIQUE (series, position)
  ) STRICT;

  CREATE TABLE edit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    series INTEGER NOT NULL REFERENCES series (id),
    name TEXT NOT NULL,
    made TEXT NOT NULL,
    actor TEXT NOT NULL CHECK (actor IN ('human', 'model')),
    undone INTEGER NOT NULL DEFAULT 0 CHECK (undone IN (0, 1)),
    -- How many rows of edit_slice belong to it, and the bytes of their patches.
    slices INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    -- The label that it removed.
    removes INTEGER REFERENCES label (id)
  ) STRICT;
  CREATE INDEX edit_by_series ON edit (series, undone, seq);
  CREATE INDEX edit_bytes ON edit (bytes);

  -- A patch holds the labels before and after (shared/labelmap/patch.ts): it serves undo and redo.
  CREATE TABLE edit_slice (
    id INTEGER PRIMARY KEY,
    edit INTEGER NOT NULL REFERENCES edit (seq) ON DELETE CASCADE,
    position INTEGER NOT NULL CHECK (position >= 0),
    patch BLOB NOT NULL,
    seal INTEGER NOT NULL,
    -- Both null where the state stays.
    review_before TEXT,
    review_after TEXT,
    UNIQUE (edit, position)
  ) STRICT;
  `,
  // 2: what surrounds it.
  `
  CREATE TABLE suggestion (
    id INTEGER PRIMARY KEY,
    series INTEGER NOT NULL REFERENCES series (id),
    position INTEGER NOT NULL CHECK (position >= 0),
    label INTEGER NOT NULL REFERENCES label (id) ON DELETE CASCADE,
    bundle TEXT NOT NULL,
    adapters TEXT NOT NULL,
    settings TEXT NOT NULL,
    samples INTEGER NOT NULL,
    score REAL NOT NULL,
    doubt REAL NOT NULL,
    maps BLOB NOT NULL,
    bytes INTEGER NOT NULL,
    UNIQUE (series, label, position, bundle, adapters, settings)
  ) STRICT;
  CREATE INDEX suggestion_by_label ON suggestion (label);
  CREATE INDEX suggestion_bytes ON suggestion (bytes);

  CREATE TABLE adapters (
    id INTEGER PRIMARY KEY,
    bundle TEXT NOT NULL UNIQUE,
    version TEXT NOT NULL
  ) STRICT;

  CREATE TABLE setting (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    value TEXT NOT NULL
  ) STRICT;

  CREATE TABLE recent (
    id INTEGER PRIMARY KEY,
    paths TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    opened TEXT NOT NULL
  ) STRICT;

  CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    made TEXT NOT NULL,
    what TEXT NOT NULL,
    by TEXT NOT NULL,
    stack TEXT,
    provenance TEXT NOT NULL
  ) STRICT;
  CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
    BEGIN SELECT raise(ABORT, 'the audit log is not changed'); END;
  CREATE TRIGGER audit_is_not_cut BEFORE DELETE ON audit
    BEGIN SELECT raise(ABORT, 'the audit log is not changed'); END;
  `,
  // 3: what a decision was about.
  `
  -- The newest label when the slice was decided on: of later ones nothing was said.
  ALTER TABLE review ADD COLUMN covers INTEGER NOT NULL DEFAULT 0;
  UPDATE review SET covers =
    coalesce((SELECT max(id) FROM label WHERE label.series = review.series), 0);
  `,
  // 4: ids of steps that were done, for pages that got no answer (once.ts).
  `
  CREATE TABLE step (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE
  ) STRICT;
  `,
  // 5: which slices are learned from, and which versions are judged on.
  `
  -- In the order in which the roles were assigned; they outlive the decision about the slice.
  CREATE TABLE slice_role (
    id INTEGER PRIMARY KEY,
    series INTEGER NOT NULL REFERENCES series (id),
    position INTEGER NOT NULL CHECK (position >= 0),
    role TEXT NOT NULL CHECK (role IN ('training', 'validation')),
    -- Whether a label was in the slice when its role was assigned.
    shows INTEGER NOT NULL CHECK (shows IN (0, 1)),
    UNIQUE (series, position)
  ) STRICT;
  `,
  // 6: decisions about single labels, slices that are being corrected, slices accepted unseen.
  `
  CREATE TABLE decision (
    id INTEGER PRIMARY KEY,
    series INTEGER NOT NULL REFERENCES series (id),
    position INTEGER NOT NULL CHECK (position >= 0),
    state TEXT NOT NULL
      CHECK (state IN ('started', 'accepted', 'corrected', 'rejected', 'accepted-unseen')),
    covers INTEGER NOT NULL DEFAULT 0,
    -- Ids of the labels that it is about, as JSON; null: of all up to \`covers\`.
    labels TEXT,
    UNIQUE (series, position)
  ) STRICT;
  INSERT INTO decision (id, series, position, state, covers)
    SELECT id, series, position, state, covers FROM review;
  DROP TABLE review;
  ALTER TABLE decision RENAME TO review;
  ALTER TABLE edit_slice ADD COLUMN labels_before TEXT;
  ALTER TABLE edit_slice ADD COLUMN labels_after TEXT;
  `,
  // 7: facts about a case, for when its files are not available.
  `
  -- What is known of the image (shared/image/facts.ts), as JSON; null where it was last opened before.
  ALTER TABLE series ADD COLUMN image TEXT;
  `,
  // 8: which of the labels that a slice was decided on nobody has looked at.
  `
  -- Ids of labels as JSON; null: all of them where the state says so, else none.
  ALTER TABLE review ADD COLUMN unseen TEXT;
  ALTER TABLE edit_slice ADD COLUMN unseen_before TEXT;
  ALTER TABLE edit_slice ADD COLUMN unseen_after TEXT;
  `,
  // 9: a stack on no grid could be opened resampled alone; now that is another image (shared/image).
  `
  UPDATE series SET stack = stack || '/resampled'
    WHERE json_valid(image) AND json_extract(image, '$.grid') IS NULL;
  `,
];

export const SCHEMA_VERSION = STEPS.length;

/** All tables, those that others refer to first. */
export const TABLES = [
  ['series', 'id'],
  ['label', 'id'],
  ['slice', 'id'],
  ['review', 'id'],
  ['slice_role', 'id'],
  ['edit', 'seq'],
  ['edit_slice', 'id'],
  ['step', 'id'],
  ['adapters', 'id'],
  ['setting', 'id'],
  ['recent', 'id'],
  ['audit', 'id'],
  ['suggestion', 'id'],
] as const;
