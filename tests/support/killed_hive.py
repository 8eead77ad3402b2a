"""``hive``, as a process that kills itself where ``HIVE_TEST_KILL`` says; else it is the real one.

``python -m tests.support.killed_hive run PACKAGE``
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from framework.journal.files import FileJournal
from framework.journal.postgres import PostgresJournal
from hive.cli.main import main
from tests.support.killing import Kill, Killer, KillingWriter

if TYPE_CHECKING:
    from collections.abc import Callable

KILL = "HIVE_TEST_KILL"
"""Names the variable that holds where to die: the number, then the point."""


def killer_of_process() -> Killer:
    """Return what kills this process, where a variable of the environment says so."""
    number, _, point = os.environ.get(KILL, "").partition(" ")
    return Killer(Kill(point=point, number=int(number)) if point else None)


KILLER = killer_of_process()
"""The one of this process: it counts what the journal and the tools come to."""


def _killing(method: Callable[..., Any]) -> Callable[..., Any]:
    async def written(journal: Any, run_id: str) -> KillingWriter:
        return KillingWriter(await method(journal, run_id), KILLER)

    return written


if __name__ == "__main__":
    for kind in (FileJournal, PostgresJournal):
        kind.create, kind.open = _killing(kind.create), _killing(kind.open)  # type: ignore[method-assign]  (its writers kill)
    main()
