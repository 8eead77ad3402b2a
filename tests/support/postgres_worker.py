"""Writes runs in processes of their own, which a test may stop, continue and kill.

Started with a DSN, it reads ids of runs from its input. For each it forks a
process that opens the run and appends one entry after the other; it says
``PID`` first, then the number of every stored entry, then ``fenced``.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from framework.errors import JournalConflictError
from framework.journal.postgres import PostgresJournal
from tests.support.journals import line

LEASE_S = 0.12
_LARGE = "y" * 600_000


def worker_line(seq: int) -> bytes:
    """Return what the worker stores as entry ``seq``; some are larger than a socket takes at once."""
    return line(seq, f"worker {_LARGE if seq % 7 == 0 else ''}")


def say(word: object) -> None:
    """Print a line in one piece."""
    os.write(1, f"{word}\n".encode())


async def write(dsn: str, run_id: str) -> None:
    """Append until another holds the run."""
    async with PostgresJournal(dsn, lease_s=LEASE_S, owner="worker") as journal:
        writer = await journal.open(run_id)
        try:
            while True:
                seq = writer.last_seq + 1
                await writer.append([worker_line(seq)], expected=seq - 1, blobs={}, durable=seq % 2 == 0)
                say(seq)
        except JournalConflictError:
            say("fenced")


def main() -> None:
    """Fork one writer for every line of the input."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for run_id in sys.stdin:
        if os.fork() == 0:
            say(os.getpid())
            asyncio.run(write(sys.argv[1], run_id.strip()))
            os._exit(0)


if __name__ == "__main__":
    main()
