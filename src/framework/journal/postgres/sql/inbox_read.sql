SELECT message FROM journal_inbox WHERE run_id = %(run_id)s AND name = %(name)s
