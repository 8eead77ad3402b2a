SELECT lease_until > clock_timestamp() FROM journal_runs WHERE run_id = %(run_id)s
