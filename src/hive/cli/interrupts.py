"""Interrupting: a run that a person ends stops at once, however slow a node's thread is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from framework.tools.programs import end_programs_now

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

T = TypeVar("T")


def drive(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work`` to its end and return what it gives.

    Raises:
        KeyboardInterrupt: if the process is interrupted, once ``work`` has been cancelled and is over, or if
            something in ``work`` cancelled its task.
    """
    runner = asyncio.Runner()
    try:
        result = runner.run(work)
    except (KeyboardInterrupt, asyncio.CancelledError) as interrupt:
        # Closing the runner would wait for threads that nothing can stop; the process ends right after this.
        end_programs_now()
        raise KeyboardInterrupt from interrupt
    except BaseException:
        runner.close()
        raise
    runner.close()
    return result
