-- name: read
SELECT kind, extract(epoch FROM keep)::bigint / 86400 AS days FROM retention ORDER BY kind

-- name: set
UPDATE retention SET keep = make_interval(days => %(days)s) WHERE kind = %(kind)s
