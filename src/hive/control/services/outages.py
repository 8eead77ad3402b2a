"""What goes wrong again and again, in the log once: when it begins, now and then, and when it is over."""

from __future__ import annotations

import logging
import time

REMINDER_S = 300.0
"""Seconds between two lines about what goes on."""

QUIET_S = 1.0
"""Seconds without a failure after which something is over."""

_log = logging.getLogger("hive.control")


class Outage:
    """Logs an event when something begins to fail, reminders while it does, and ``EVENT_over`` at its end."""

    def __init__(self, event: str) -> None:
        """Log it by the name ``event``."""
        self._event = event
        self._told_at: float | None = None
        self._failed_at = 0.0
        self._untold = 0

    def failed(self, **facts: object) -> None:
        """Take note that it failed; ``facts`` are of the time that is logged."""
        now = self._failed_at = time.monotonic()
        if self._told_at is not None and now - self._told_at < REMINDER_S:
            self._untold += 1
            return
        _log.warning(self._event, extra={**facts, "untold": self._untold})
        self._told_at = now
        self._untold = 0

    def went_well(self) -> None:
        """Take note that it did not fail."""
        if self._told_at is not None and time.monotonic() - self._failed_at >= QUIET_S:
            _log.warning(f"{self._event}_over", extra={"untold": self._untold})
            self._told_at = None
            self._untold = 0
