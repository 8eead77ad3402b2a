-- Numbers every writer a run ever had, over all runs: a number is never given twice, not even to a run
-- that was deleted and made again.
CREATE SEQUENCE journal_epochs;

-- One row a run. Every append rewrites it and touches no index, so pages keep room for the new version.
CREATE TABLE journal_runs (
    run_id         text COLLATE "C" PRIMARY KEY,
    ordinal        bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    agent          text NOT NULL DEFAULT '',
    last_seq       bigint NOT NULL DEFAULT 0,
    written_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    epoch          bigint NOT NULL DEFAULT nextval('journal_epochs'),
    owner          text NOT NULL,
    previous_owner text NOT NULL DEFAULT '',
    token          text NOT NULL,
    lease_until    timestamptz
) WITH (fillfactor = 50);

CREATE TABLE journal_entries (
    run_id text COLLATE "C" NOT NULL,
    seq    bigint NOT NULL,
    at_us  bigint NOT NULL,
    lane   text NOT NULL,
    kind   text NOT NULL,
    line   bytea NOT NULL,
    PRIMARY KEY (run_id, seq)
);

-- Content by SHA-256. `touched_at` is when it was last stored, or a run that refers to it last deleted.
CREATE TABLE journal_blobs (
    digest     text COLLATE "C" PRIMARY KEY,
    content    bytea NOT NULL,
    touched_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Which run refers to which content.
CREATE TABLE journal_marks (
    digest text COLLATE "C" NOT NULL,
    run_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (digest, run_id)
);

CREATE INDEX journal_marks_by_run ON journal_marks (run_id);
