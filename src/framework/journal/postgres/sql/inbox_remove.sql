DELETE FROM journal_inbox WHERE run_id = %(run_id)s AND name = ANY (%(names)s::text[])
RETURNING name
