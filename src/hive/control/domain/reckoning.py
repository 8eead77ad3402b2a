"""What an SDK reckons itself that was spent this month. Pure.

An SDK starts from the figure that it was told, and adds what its own calls cost; of months it knows nothing.
It may have been told more than was spent, so that it asks in time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

_ON_ITS_WAY = timedelta(minutes=1)
_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What an SDK was told last.

    Attributes:
        month: when the month began that was told of.
        told: the figure in US dollars.
        spent: what was spent in truth, as far as it was known.
    """

    month: datetime
    told: Decimal
    spent: Decimal

    @property
    def excess(self) -> Decimal:
        """What was told too much."""
        return self.told - self.spent

    def says_as_much_as(self, other: Telling | None) -> bool:
        """Whether an SDK's figure means the same after either."""
        return other is not None and (self.month, self.excess) == (other.month, other.excess)


def month_of(moment: datetime) -> datetime:
    """Return when the month of a moment in UTC began."""
    return moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def reckoned(local_spend: Decimal, telling: Telling | None, now: datetime) -> Decimal:
    """Return what of an SDK's own figure was spent this month.

    Args:
        local_spend: the figure of the SDK.
        telling: what it was told last; None where nobody knows.
        now: the moment, in UTC.
    """
    month = month_of(now)
    if now - month < _ON_ITS_WAY:
        return _NOTHING  # The question may be older than the telling, and hold the month before.
    if telling is None:
        return local_spend
    if telling.month != month:
        return _NOTHING
    return max(_NOTHING, local_spend - telling.excess)
