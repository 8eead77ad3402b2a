-- The spool is a file of SQLite on the machine of the process: what came while PostgreSQL was away.

-- name: schema
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS spool (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, team_id TEXT NOT NULL, kind TEXT NOT NULL,
    received_at TEXT NOT NULL, payload BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS damaged (
    seq INTEGER PRIMARY KEY, team_id, kind, received_at, payload, reason TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS held (things INTEGER NOT NULL, size INTEGER NOT NULL);
INSERT INTO held SELECT count(*), coalesce(sum(length(payload)), 0) FROM spool
    WHERE NOT EXISTS (SELECT 1 FROM held);
CREATE TRIGGER IF NOT EXISTS spool_came AFTER INSERT ON spool BEGIN
    UPDATE held SET things = things + 1, size = size + length(new.payload); END;
CREATE TRIGGER IF NOT EXISTS spool_went AFTER DELETE ON spool BEGIN
    UPDATE held SET things = things - 1, size = size - length(old.payload); END;
PRAGMA user_version = 2;
COMMIT;

-- name: version
PRAGMA user_version;

-- name: log_ahead
PRAGMA journal_mode = WAL;

-- name: wait_for_disk
PRAGMA synchronous = FULL;

-- name: leave_what_was
PRAGMA secure_delete = OFF;

-- name: shrink
VACUUM;

-- name: counts
SELECT things, size, (SELECT count(*) FROM damaged),
       (SELECT received_at FROM spool ORDER BY seq LIMIT 1) FROM held;

-- name: size
SELECT size FROM held;

-- name: pages
SELECT freelist_count, page_count, page_size
FROM pragma_freelist_count, pragma_page_count, pragma_page_size;

-- name: put
INSERT INTO spool (team_id, kind, received_at, payload) VALUES (?, ?, ?, ?);

-- name: first
SELECT team_id, kind, received_at, payload, seq FROM spool WHERE seq > ? ORDER BY seq LIMIT ?;

-- name: remove
DELETE FROM spool WHERE seq = ?;

-- name: set_aside
INSERT INTO damaged SELECT seq, team_id, kind, received_at, payload, ? FROM spool WHERE seq = ?;

-- name: aside
SELECT seq, coalesce(team_id, '') || '', coalesce(kind, '') || '', coalesce(received_at, '') || '',
       coalesce(length(payload), 0), reason FROM damaged ORDER BY seq LIMIT ?;

-- name: retry
INSERT OR IGNORE INTO spool (seq, team_id, kind, received_at, payload)
SELECT seq, team_id, kind, received_at, payload FROM damaged ORDER BY seq;

-- name: forget_retried
DELETE FROM damaged WHERE seq IN (SELECT seq FROM spool);
