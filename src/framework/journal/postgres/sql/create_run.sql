INSERT INTO journal_runs (run_id, owner, token, lease_until)
VALUES (%(run_id)s, %(owner)s, %(token)s, clock_timestamp() + make_interval(secs => %(lease_s)s))
ON CONFLICT (run_id) DO NOTHING
RETURNING epoch
