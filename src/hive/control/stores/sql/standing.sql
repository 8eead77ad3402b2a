-- name: keys
SELECT key_id FROM hive_standing_keys(%(key_ids)s::text[]) AS key_id

-- name: people
SELECT place FROM hive_standing_people(
    %(session_ids)s::uuid[], %(account_ids)s::uuid[], %(team_ids)s::uuid[], %(now)s)
