-- The content that no other run than these refers to and that nobody stored within the grace.
SELECT count(*), COALESCE(sum(octet_length(blob.content)), 0)::bigint
FROM journal_blobs AS blob
WHERE blob.touched_at < clock_timestamp() - make_interval(secs => %(grace_s)s)
    AND NOT EXISTS (
        SELECT FROM journal_marks AS mark
        WHERE mark.digest = blob.digest AND mark.run_id <> ALL (%(run_ids)s::text[])
    )
