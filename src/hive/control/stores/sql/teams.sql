-- name: insert
INSERT INTO teams (team_id, name, created_at) VALUES (%(team_id)s, %(name)s, %(created_at)s)

-- name: of_account
SELECT team_id, name, role, joined_at
  FROM members JOIN teams USING (team_id)
 WHERE account_id = %(account_id)s
 ORDER BY joined_at, team_id

-- name: all
SELECT team_id, name, created_at FROM teams ORDER BY created_at, team_id

-- name: add_member
INSERT INTO members (team_id, account_id, role, joined_at)
VALUES (%(team_id)s, %(account_id)s, %(role)s, %(joined_at)s)
ON CONFLICT DO NOTHING

-- name: members
SELECT account_id, email, name, role, joined_at
  FROM members JOIN accounts USING (account_id)
 WHERE team_id = %(team_id)s
 ORDER BY joined_at, account_id

-- name: roles_for_update
SELECT account_id, role FROM members WHERE team_id = %(team_id)s ORDER BY account_id FOR UPDATE

-- name: set_role
UPDATE members SET role = %(role)s WHERE team_id = %(team_id)s AND account_id = %(account_id)s

-- name: remove_member
DELETE FROM members WHERE team_id = %(team_id)s AND account_id = %(account_id)s

-- name: invite
INSERT INTO invitations (team_id, token_hash, email, role, created_at, expires_at)
VALUES (%(team_id)s, %(token_hash)s, %(email)s, %(role)s, %(created_at)s, %(expires_at)s)

-- name: presented_invitation
SELECT team_id, email, role FROM invitations
 WHERE token_hash = %(token_hash)s AND used_at IS NULL AND expires_at > %(now)s

-- name: use_invitation
UPDATE invitations SET used_at = %(now)s
 WHERE team_id = %(team_id)s AND token_hash = %(token_hash)s AND used_at IS NULL

-- name: void_invitations
UPDATE invitations SET used_at = %(now)s
 WHERE team_id = %(team_id)s AND used_at IS NULL
   AND email = (SELECT email FROM accounts WHERE account_id = %(account_id)s)

-- name: open_invitations
SELECT encode(substring(token_hash FROM 1 FOR 8), 'hex') AS invitation_id, email, role, created_at, expires_at
  FROM invitations
 WHERE team_id = %(team_id)s AND used_at IS NULL AND expires_at > %(now)s
 ORDER BY created_at, token_hash

-- name: withdraw_invitation
DELETE FROM invitations
 WHERE team_id = %(team_id)s AND substring(token_hash FROM 1 FOR 8) = decode(%(invitation_id)s, 'hex')
   AND used_at IS NULL AND expires_at > %(now)s
RETURNING email
