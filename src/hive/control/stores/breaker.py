"""Not asking for a while what somebody just waited for in vain."""

from __future__ import annotations

import math
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator


class Breaker:
    """Remembers that something is away, so that one waits for it and not everybody."""

    def __init__(
        self, pause_s: float = 1.0, *, least_s: float = 0.5, now: Callable[[], float] = time.monotonic
    ) -> None:
        """Keep others from asking for ``pause_s``.

        Args:
            pause_s: how long nobody asks after a wait in vain.
            least_s: a failure that came sooner cost nobody much, and keeps nobody from asking.
            now: gives seconds that never go backwards.
        """
        self._pause_s = pause_s
        self._least_s = least_s
        self._now = now
        self._has_failed = False
        self._open_until = -math.inf

    @property
    def is_open(self) -> bool:
        """Whether not to ask now."""
        return self._now() < self._open_until

    def failed(self) -> None:
        """Take note of a wait in vain."""
        self._has_failed = True
        self._open_until = self._now() + self._pause_s

    def went_well(self) -> None:
        """Take note of an answer: everybody may ask."""
        self._has_failed = False
        self._open_until = -math.inf

    @contextmanager
    def asking(self, *errors: type[Exception]) -> Generator[None]:
        """Take note of how the block ends; ``errors`` say that what it asked is away.

        After a failure one asks for all: until that one knows, nobody else does.
        """
        began = self._now()
        if self._has_failed:
            self._open_until = math.inf
        try:
            yield
        except errors:
            if self._now() - began < self._least_s:
                self._let_another_ask()
            else:
                self.failed()
            raise
        except BaseException:
            self._let_another_ask()
            raise
        self.went_well()

    def _let_another_ask(self) -> None:
        if self._open_until == math.inf:
            self._open_until = self._now()
