SELECT run_id, epoch, last_seq, owner FROM journal_runs WHERE run_id = ANY (%(run_ids)s::text[])
