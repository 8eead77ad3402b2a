-- What other processes have to say to the one that runs a run; a message goes when its reader is done with it.
CREATE TABLE journal_inbox (
    run_id  text COLLATE "C" NOT NULL,
    name    text COLLATE "C" NOT NULL,
    ordinal bigint GENERATED ALWAYS AS IDENTITY,
    message bytea NOT NULL,
    PRIMARY KEY (run_id, name)
);
