-- A writer that stores content again, or refers to it again, rewrites `touched_at` in the transaction that
-- marks it; a deletion that waited for that transaction finds the row young and leaves it.
WITH unmarked AS (
    SELECT blob.digest
    FROM journal_blobs AS blob
    WHERE blob.touched_at < clock_timestamp() - make_interval(secs => %(grace_s)s)
        AND NOT EXISTS (SELECT FROM journal_marks AS mark WHERE mark.digest = blob.digest)
    LIMIT %(limit)s
), swept AS (
    DELETE FROM journal_blobs AS blob
    USING unmarked
    WHERE blob.digest = unmarked.digest
        AND blob.touched_at < statement_timestamp() - make_interval(secs => %(grace_s)s)
    RETURNING octet_length(blob.content) AS size
)
SELECT count(*), COALESCE(sum(size), 0)::bigint FROM swept
