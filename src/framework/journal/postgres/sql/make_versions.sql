CREATE TABLE IF NOT EXISTS journal_migrations (
    version    int PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
