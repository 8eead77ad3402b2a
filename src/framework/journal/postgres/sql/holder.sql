SELECT epoch, last_seq, owner, previous_owner, token, lease_until
FROM journal_runs
WHERE run_id = %(run_id)s
