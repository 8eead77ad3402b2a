"""Schedules: when a timer fires next, as a pure function of the time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from framework.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEDULE_KEYS = frozenset({"interval_s", "interval_minutes", "cron", "timezone", "run_immediately", "input"})
"""What the ``trigger_config`` of a timer or cron entry point may hold."""

_SECONDS_A_MINUTE = 60
_SHORTEST_S = 1.0
_LONGEST_S = 10 * 365 * 86_400.0


class Schedule(Protocol):
    """Tells when to fire."""

    def next_after(self, start: datetime, now: datetime) -> datetime:
        """Return the first moment after ``now`` of a schedule that began at ``start``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Fires every ``seconds`` from the start on."""

    seconds: float

    def __str__(self) -> str:
        """Give the interval in words."""
        return f"every {self.seconds:g} s"

    def next_after(self, start: datetime, now: datetime) -> datetime:
        """Return the first multiple of the interval after ``now``; those that were missed are left out."""
        passed = (now - start).total_seconds() / self.seconds
        return start + timedelta(seconds=self.seconds * (math.floor(passed) + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cron:
    """Fires when a cron expression says so, in a time zone."""

    expression: str
    timezone: ZoneInfo

    def __str__(self) -> str:
        """Give the expression and its time zone."""
        return f"cron {self.expression} {self.timezone}"

    def next_after(self, start: datetime, now: datetime) -> datetime:
        """Return the next moment of the expression after ``now``, in UTC."""
        del start
        moment: datetime = next(CronSim(self.expression, now.astimezone(self.timezone)))
        return moment.astimezone(UTC)


def read_schedule(config: Mapping[str, Any]) -> Schedule:
    """Return the schedule that a ``trigger_config`` describes.

    Raises:
        SpecError: saying what to mend.
    """
    if not isinstance(config.get("input", {}), dict):
        raise SpecError(f"'input' must be a dict of input keys, and is {config['input']!r}.")
    given = [key for key in ("interval_s", "interval_minutes", "cron") if config.get(key) is not None]
    if len(given) != 1:
        raise SpecError(
            f"A timer needs one of 'interval_s', 'interval_minutes' and 'cron', and has {len(given)} of them."
        )
    if given == ["cron"]:
        return _cron(config["cron"], config.get("timezone", "UTC"))
    value = config[given[0]]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise SpecError(f"{given[0]!r} must be a number, and is {value!r}.")
    seconds = value * (_SECONDS_A_MINUTE if given == ["interval_minutes"] else 1)
    if not _SHORTEST_S <= seconds <= _LONGEST_S:
        raise SpecError(f"{given[0]!r} must be 1 second to 10 years, and is {value!r}.")
    return Interval(seconds=float(seconds))


def _cron(expression: object, timezone: object) -> Cron:
    try:
        zone = ZoneInfo(str(timezone))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SpecError(
            f"There is no time zone {timezone!r}; write one as 'UTC' or 'Europe/Vienna'."
        ) from error
    try:
        next(CronSim(str(expression), datetime(2026, 1, 1, tzinfo=zone)))
    except CronSimError as error:
        raise SpecError(
            f"The cron expression {expression!r} does not parse ({error}); "
            "write five fields, for example '*/5 * * * *'."
        ) from error
    except StopIteration:
        raise SpecError(f"The cron expression {expression!r} never comes true; correct its day.") from None
    return Cron(expression=str(expression), timezone=zone)
