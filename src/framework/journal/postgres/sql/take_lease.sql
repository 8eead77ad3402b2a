UPDATE journal_runs
SET epoch = nextval('journal_epochs'),
    previous_owner = owner,
    owner = %(owner)s,
    token = %(token)s,
    lease_until = clock_timestamp() + make_interval(secs => %(lease_s)s)
WHERE run_id = %(run_id)s AND (lease_until IS NULL OR lease_until <= clock_timestamp())
RETURNING epoch
