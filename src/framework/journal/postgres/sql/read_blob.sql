SELECT content FROM journal_blobs WHERE digest = %(digest)s
