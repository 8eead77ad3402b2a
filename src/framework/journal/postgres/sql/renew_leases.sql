-- A lease that its writer freed meanwhile stays free.
UPDATE journal_runs AS run
SET lease_until = clock_timestamp() + make_interval(secs => %(lease_s)s)
FROM unnest(%(run_ids)s::text[], %(epochs)s::bigint[]) AS held (run_id, epoch)
WHERE run.run_id = held.run_id AND run.epoch = held.epoch AND run.lease_until IS NOT NULL
RETURNING run.epoch
