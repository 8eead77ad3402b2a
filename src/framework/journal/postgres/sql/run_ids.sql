SELECT run_id FROM journal_runs ORDER BY ordinal
