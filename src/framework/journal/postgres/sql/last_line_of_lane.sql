SELECT line FROM journal_entries WHERE run_id = %(run_id)s AND lane = %(lane)s ORDER BY seq DESC LIMIT 1
