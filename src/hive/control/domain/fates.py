"""What became of events, counted by their kind. Pure."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from itertools import repeat
from typing import TYPE_CHECKING

from hive.protocol import EventType

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

OTHER = "other"
"""The kind of what is no event."""

KINDS = (*sorted(EventType), OTHER)
"""Every kind there is."""

_TOLD_KINDS = frozenset(EventType)


class Fate(StrEnum):
    """What became of an event."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"
    SPOOLED = "spooled"
    REFUSED = "refused"


class Fates:
    """Counts what became of events, since the process began."""

    def __init__(self) -> None:
        """Begin with nothing counted."""
        self._counted: Counter[tuple[str, Fate]] = Counter(
            {(kind, fate): 0 for kind in KINDS for fate in Fate}
        )

    def count(self, raws: Iterable[object], fate: Fate) -> None:
        """Count events as they came."""
        self.count_each(raws, repeat(fate))

    def count_each(self, raws: Iterable[object], fates: Iterable[Fate]) -> None:
        """Count events as they came, each with a fate of its own."""
        self._counted.update(zip(map(kind_of, raws), fates, strict=False))

    def counted(self) -> Mapping[tuple[str, ...], int]:
        """Return how many events of each kind had each fate."""
        return dict(self._counted)


def kind_of(raw: object) -> str:
    """Return the kind of something that came; senders may invent as many as they like, and that is one."""
    kind: object = raw.get("event_type") if isinstance(raw, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  (what came may be anything)
    return kind if isinstance(kind, str) and kind in _TOLD_KINDS else OTHER
