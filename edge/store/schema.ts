/**
 * The gateway's tables in their first version.
 *
 * A position that has become final is one row and is written once: the frame as it was admitted, or the reason why
 * there is none. The row's number is the feed's cursor. Where a stream stands is read off its last rows at the start,
 * so that a reading costs one row and one index entry, and nothing has to be kept in step.
 */
const FIRST = `
  CREATE TABLE devices (
    id              INTEGER PRIMARY KEY,
    device          TEXT    NOT NULL UNIQUE,
    public_key      BLOB    NOT NULL UNIQUE CHECK (length(public_key) = 64),
    period_ms       INTEGER NOT NULL CHECK (period_ms > 0),
    approved_at_ms  INTEGER NOT NULL,
    revoked_from_ms INTEGER
  ) STRICT;

  -- How the clock was seen when frames arrived; a new row only when that changes.
  CREATE TABLE clock_states (
    id          INTEGER PRIMARY KEY,
    trusted     INTEGER NOT NULL,
    earliest_ms INTEGER NOT NULL,
    detail      TEXT    NOT NULL,
    UNIQUE (trusted, earliest_ms, detail)
  ) STRICT;

  -- time_ms of a hole is that of the last reading before it, so that time never falls along a stream.
  CREATE TABLE positions (
    cursor         INTEGER PRIMARY KEY,
    device_id      INTEGER NOT NULL REFERENCES devices (id),
    seq            INTEGER NOT NULL,
    time_ms        INTEGER NOT NULL,
    received_at_ms INTEGER,
    clock_id       INTEGER REFERENCES clock_states (id),
    frame          BLOB    CHECK (length(frame) = 160),
    reason         INTEGER,
    CHECK ((frame IS NULL) <> (reason IS NULL)),
    UNIQUE (device_id, seq)
  ) STRICT;
  CREATE INDEX holes ON positions (device_id, seq) WHERE reason IS NOT NULL;
  CREATE TRIGGER positions_are_never_changed BEFORE UPDATE ON positions
    BEGIN SELECT RAISE(ABORT, 'positions are append-only'); END;
  CREATE TRIGGER positions_are_never_deleted BEFORE DELETE ON positions
    BEGIN SELECT RAISE(ABORT, 'positions are append-only'); END;

  -- Frames behind a gap. Two records may claim one number: which of them is stored is decided in order of arrival.
  CREATE TABLE held (
    id             INTEGER PRIMARY KEY,
    device_id      INTEGER NOT NULL REFERENCES devices (id),
    seq            INTEGER NOT NULL,
    record         BLOB    NOT NULL CHECK (length(record) = 96),
    signature      BLOB    NOT NULL CHECK (length(signature) = 64),
    received_at_ms INTEGER NOT NULL,
    clock_id       INTEGER NOT NULL REFERENCES clock_states (id),
    UNIQUE (device_id, seq, record)
  ) STRICT;

  -- What is known of positions that are still open, should they become holes.
  CREATE TABLE reasons (
    device_id INTEGER NOT NULL REFERENCES devices (id),
    seq       INTEGER NOT NULL,
    reason    INTEGER NOT NULL,
    PRIMARY KEY (device_id, seq)
  ) STRICT, WITHOUT ROWID;

  -- Conflicting, late and refused frames, so that they can be shown.
  CREATE TABLE evidence (
    id             INTEGER PRIMARY KEY,
    device_id      INTEGER NOT NULL REFERENCES devices (id),
    verdict        TEXT    NOT NULL,
    frame          BLOB    NOT NULL CHECK (length(frame) = 160),
    received_at_ms INTEGER NOT NULL,
    clock_id       INTEGER NOT NULL REFERENCES clock_states (id),
    UNIQUE (device_id, verdict, frame)
  ) STRICT;

  -- Every verdict but 'stored', whose count follows from the positions.
  CREATE TABLE verdict_counts (
    device_id INTEGER NOT NULL REFERENCES devices (id),
    verdict   TEXT    NOT NULL,
    count     INTEGER NOT NULL,
    PRIMARY KEY (device_id, verdict)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  PRAGMA user_version = 1;
`;

/**
 * What is known beside the evidence: who approved what, which values are doubtful, which alarms were raised. A reading
 * has a row in `quality` only when a test doubts one of its values.
 */
const SECOND = `
  CREATE TABLE audit (
    id     INTEGER PRIMARY KEY,
    at_ms  INTEGER NOT NULL,
    action TEXT    NOT NULL,
    device TEXT    NOT NULL,
    detail TEXT    NOT NULL
  ) STRICT;
  CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
  CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;

  -- One byte a slot: 1 good, 2 not evaluated, 3 suspect, 4 fail, 9 missing; tests is a set of bits.
  CREATE TABLE quality (
    cursor INTEGER PRIMARY KEY REFERENCES positions (cursor),
    flags  BLOB    NOT NULL CHECK (length(flags) = 8),
    tests  INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE alarms (
    id                 INTEGER PRIMARY KEY,
    subject            TEXT    NOT NULL,
    kind               TEXT    NOT NULL,
    level              TEXT    NOT NULL,
    detail             TEXT    NOT NULL,
    raised_at_ms       INTEGER NOT NULL,
    cleared_at_ms      INTEGER,
    acknowledged_at_ms INTEGER,
    acknowledged_by    TEXT,
    escalations        INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE UNIQUE INDEX open_alarms ON alarms (subject, kind) WHERE cleared_at_ms IS NULL;

  -- What has to be said of an alarm to somebody outside, until it is said or given up.
  CREATE TABLE notices (
    id         INTEGER PRIMARY KEY,
    target     TEXT    NOT NULL,
    body       TEXT    NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    due_at_ms  INTEGER NOT NULL
  ) STRICT;

  PRAGMA user_version = 2;
`;

/**
 * Places instead of a unique index on the positions themselves: a hundred probes that speak once a second would each
 * touch a page of that index with every reading, which is most of what a card is written. The latest positions have
 * their places in memory (see `LOCATE`), and many of them go into `places` at once.
 */
const THIRD = `
  CREATE TABLE placed_positions (
    cursor         INTEGER PRIMARY KEY,
    device_id      INTEGER NOT NULL REFERENCES devices (id),
    seq            INTEGER NOT NULL,
    time_ms        INTEGER NOT NULL,
    received_at_ms INTEGER,
    clock_id       INTEGER REFERENCES clock_states (id),
    frame          BLOB    CHECK (length(frame) = 160),
    reason         INTEGER,
    CHECK ((frame IS NULL) <> (reason IS NULL))
  ) STRICT;
  INSERT INTO placed_positions SELECT * FROM positions;
  DROP TABLE positions;
  ALTER TABLE placed_positions RENAME TO positions;
  CREATE INDEX holes ON positions (device_id, seq) WHERE reason IS NOT NULL;
  CREATE TRIGGER positions_are_never_changed BEFORE UPDATE ON positions
    BEGIN SELECT RAISE(ABORT, 'positions are append-only'); END;
  CREATE TRIGGER positions_are_never_deleted BEFORE DELETE ON positions
    BEGIN SELECT RAISE(ABORT, 'positions are append-only'); END;

  CREATE TABLE places (
    device_id INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    cursor    INTEGER NOT NULL,
    PRIMARY KEY (device_id, seq)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO places SELECT device_id, seq, cursor FROM positions ORDER BY device_id, seq;
  INSERT INTO settings (key, value) SELECT 'placed', coalesce(max(cursor), 0) FROM positions;

  PRAGMA user_version = 3;
`;

/**
 * What every connection that writes positions has beside the file: the places of the latest ones, in memory, made from
 * the positions again whenever the file is opened. A position is taken once, wherever its place is.
 */
export const LOCATE = `
  PRAGMA temp_store = MEMORY;
  CREATE TEMP TABLE recent (
    device_id INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    cursor    INTEGER NOT NULL,
    PRIMARY KEY (device_id, seq)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO recent
    SELECT device_id, seq, cursor FROM positions
     WHERE cursor > (SELECT CAST(value AS INTEGER) FROM settings WHERE key = 'placed');
  CREATE TEMP VIEW located AS
    SELECT device_id, seq, cursor FROM places UNION ALL SELECT device_id, seq, cursor FROM recent;
  CREATE TEMP TRIGGER a_position_is_taken_once AFTER INSERT ON main.positions BEGIN
    SELECT RAISE(ABORT, 'UNIQUE constraint failed: the position is taken')
      FROM places WHERE device_id = new.device_id AND seq = new.seq;
    INSERT INTO recent (device_id, seq, cursor) VALUES (new.device_id, new.seq, new.cursor);
  END;
`;

/** What leads from each version, kept in `user_version`, to the next. */
export const MIGRATIONS = [FIRST, SECOND, THIRD] as const;
