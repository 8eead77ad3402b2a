"""The loop that runs one node: turns, tools, judges, compaction; and function nodes."""
