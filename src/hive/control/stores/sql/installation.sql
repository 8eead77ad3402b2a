-- name: insert
INSERT INTO installation (first_team, created_at, link_hash, link_expires)
VALUES (%(team_id)s, %(now)s, %(link_hash)s, %(link_expires)s)
ON CONFLICT DO NOTHING

-- name: renew_link
UPDATE installation SET link_hash = %(link_hash)s, link_expires = %(link_expires)s WHERE link_used_at IS NULL

-- name: renew_expired_link
UPDATE installation SET link_hash = %(link_hash)s, link_expires = %(link_expires)s
 WHERE link_used_at IS NULL AND link_expires <= %(now)s

-- name: open_link
SELECT link_expires FROM installation WHERE link_used_at IS NULL

-- name: use_link
UPDATE installation SET link_used_at = %(now)s
 WHERE link_hash = %(link_hash)s AND link_used_at IS NULL AND link_expires > %(now)s
RETURNING first_team
