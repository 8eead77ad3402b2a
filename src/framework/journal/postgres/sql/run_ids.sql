SELECT run_id FROM journal_runs WHERE %(agent)s = '' OR agent = %(agent)s ORDER BY ordinal
