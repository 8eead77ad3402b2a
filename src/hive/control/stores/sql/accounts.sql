-- name: by_email
SELECT account_id, email, name, created_at FROM accounts WHERE email = %(email)s

-- name: by_id
SELECT account_id, email, name, created_at FROM accounts WHERE account_id = %(account_id)s

-- name: insert
INSERT INTO accounts (account_id, email, name, created_at)
VALUES (%(account_id)s, %(email)s, %(name)s, %(created_at)s)
ON CONFLICT DO NOTHING

-- name: password
SELECT hash FROM passwords WHERE account_id = %(account_id)s

-- name: set_password
INSERT INTO passwords (account_id, hash, changed_at) VALUES (%(account_id)s, %(hash)s, %(changed_at)s)
ON CONFLICT (account_id) DO UPDATE SET hash = EXCLUDED.hash, changed_at = EXCLUDED.changed_at
