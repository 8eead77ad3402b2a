UPDATE journal_runs SET lease_until = NULL WHERE run_id = %(run_id)s AND epoch = %(epoch)s
RETURNING epoch
