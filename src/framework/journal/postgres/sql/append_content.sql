-- Part of append.sql: stores content, and notes which run refers to it.
, kept AS (
    INSERT INTO journal_blobs (digest, content)
    SELECT * FROM unnest(%(digests)s::text[], %(contents)b::bytea[])
    ON CONFLICT (digest) DO UPDATE SET touched_at = clock_timestamp()
), touched AS (
    UPDATE journal_blobs SET touched_at = clock_timestamp() WHERE digest = ANY (%(referred)s::text[])
), marked AS (
    INSERT INTO journal_marks (digest, run_id)
    SELECT mark.digest, claimed.run_id
    FROM unnest(%(mark_places)s::int[], %(mark_digests)s::text[]) AS mark (place, digest)
    JOIN claimed USING (place)
    ON CONFLICT DO NOTHING
)
