-- name: settle
-- The transaction lasts as long as the process: nothing may end it but that. A machine that vanishes is found out
-- within half a minute. Not every server knows every one of these settings.
SELECT set_config(name, value, true)
  FROM (VALUES ('idle_in_transaction_session_timeout', '0'), ('transaction_timeout', '0'),
               ('statement_timeout', '0'), ('tcp_keepalives_idle', '10'), ('tcp_keepalives_interval', '5'),
               ('tcp_keepalives_count', '4')) AS wanted (name, value)
  JOIN pg_settings USING (name)

-- name: take
SELECT pg_try_advisory_xact_lock(1751742053, 2) AS is_taken

-- name: ask
SELECT 1
