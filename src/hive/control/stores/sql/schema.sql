-- name: lock
-- Whoever waits longer than a minute for another process, or for a table, gives up.
SELECT set_config('lock_timeout', '60s', true), pg_advisory_xact_lock(1751742053, 0)

-- name: create_versions
CREATE TABLE IF NOT EXISTS schema_migrations (
    version    int PRIMARY KEY,
    name       text NOT NULL,
    sha256     bytea NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)

-- name: applied
SELECT version, sha256 FROM schema_migrations ORDER BY version

-- name: record
INSERT INTO schema_migrations (version, name, sha256) VALUES (%(version)s, %(name)s, %(sha256)s)

-- name: has_versions
SELECT to_regclass('schema_migrations') IS NOT NULL AS is_there

-- name: has_role
SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %(name)s) AS is_there

-- name: create_partitions
-- Gives up soon where somebody uses a table: who stores events would wait behind it.
SELECT set_config('lock_timeout', '2s', true), hive_create_partitions() AS made

-- name: analyze_new
SELECT hive_analyze_new() AS analyzed

-- name: forget_events
SELECT hive_forget_events() AS dropped

-- name: forget_rows
SELECT hive_forget_rows() AS deleted
