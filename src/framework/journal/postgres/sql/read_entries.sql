-- One statement, so that the number of entries and the entries are of one moment.
SELECT run.last_seq, entry.seq, entry.line
FROM journal_runs AS run
LEFT JOIN journal_entries AS entry ON entry.run_id = run.run_id AND entry.seq > %(after)s
WHERE run.run_id = %(run_id)s
ORDER BY entry.seq
