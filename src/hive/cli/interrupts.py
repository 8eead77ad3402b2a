"""Interrupting: a run that a person ends stops at once, however slow a node's thread is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

T = TypeVar("T")


def drive(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work`` to its end and return what it gives.

    Raises:
        KeyboardInterrupt: if the process is interrupted, once ``work`` has been cancelled and is over.
    """
    runner = asyncio.Runner()
    try:
        result = runner.run(work)
    except KeyboardInterrupt:
        # Closing the runner would wait for threads that nothing can stop; the process ends right after this.
        raise
    except BaseException:
        runner.close()
        raise
    runner.close()
    return result
