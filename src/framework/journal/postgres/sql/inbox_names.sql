SELECT run_id, name FROM journal_inbox WHERE run_id = ANY (%(run_ids)s::text[]) ORDER BY ordinal
