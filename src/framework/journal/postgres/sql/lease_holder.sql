SELECT owner, lease_until, extract(epoch FROM lease_until - clock_timestamp())::float8
FROM journal_runs
WHERE run_id = %(run_id)s AND lease_until > clock_timestamp()
