"""Where a replay parts from its recording."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from framework.errors import JournalError
from framework.model.events import Event, RunStarted
from framework.model.value import Value

NOTHING = "nothing"
"""What stands for the event that one side lacks."""

_MOST_SHOWN = 300
"""Characters of a fact that a sentence shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The first event in which a replay differs from its recording.

    Attributes:
        lane: the lane it happened in.
        seq: place of the recorded event in its journal; 0 when there is none.
        expected: what was recorded, None when nothing was.
        got: what the replay did, None when it did nothing.
    """

    lane: str
    seq: int
    expected: Event | None
    got: Event | None

    @property
    def facts(self) -> dict[str, tuple[Any, Any]]:
        """The facts that differ, by name: expected and got; empty when the events are of two kinds."""
        if self.expected is None or self.got is None or type(self.expected) is not type(self.got):
            return {}
        pairs = {
            item.name: (getattr(self.expected, item.name), getattr(self.got, item.name))
            for item in fields(self.expected)
        }
        return {name: (_shown(a), _shown(b)) for name, (a, b) in pairs.items() if a != b}

    def __str__(self) -> str:
        """Say where it is, what was expected and what was got, of long facts the part that differs."""
        where = f"entry {self.seq} (lane {self.lane!r})" if self.seq else f"the end of lane {self.lane!r}"
        if self.facts:
            kind = self.got.kind if self.got is not None else NOTHING
            told = "; ".join(_told(name, repr(a), repr(b)) for name, (a, b) in self.facts.items())
            return f"At {where}, {kind}: {told}."
        return f"At {where}: expected {_named(self.expected)}, got {_named(self.got)}."


def _told(name: str, expected: str, got: str) -> str:
    pairs = enumerate(zip(expected, got, strict=False))
    parted = next((place for place, (a, b) in pairs if a != b), min(len(expected), len(got)))
    return f"{name}: expected {_around(expected, parted)}, got {_around(got, parted)}"


def _around(text: str, place: int) -> str:
    """Return a short text whole, and of a long one what stands around ``place``."""
    if len(text) <= _MOST_SHOWN:
        return text
    start = max(0, min(place - _MOST_SHOWN // 3, len(text) - _MOST_SHOWN))
    end = start + _MOST_SHOWN
    before, after = ("..." if start else ""), ("..." if end < len(text) else "")
    return f"{before}{text[start:end]}{after} ({len(text):,} characters)"


def _named(event: Event | None) -> str:
    if event is None:
        return NOTHING
    node_id = getattr(event, "node_id", None)
    return f"{event.kind} of node {node_id!r}" if node_id else event.kind


def _shown(value: Any) -> Any:
    if isinstance(value, Value):
        return value.load() if value.is_resolved else f"[content {value.digest}]"
    if isinstance(value, dict):
        return {key: _shown(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  (an event holds JSON)
    return value


class ReplayDivergedError(JournalError):
    """A replay did something else than its recording; ``difference`` says what."""

    def __init__(self, difference: Difference) -> None:
        """Keep the difference."""
        self.difference = difference
        super().__init__(str(difference))


class ReplayEndedError(JournalError):
    """The recording of an unfinished run is used up, so its replay stops here."""


def unchanged(event: Event) -> Event:
    """Return the event as it is: the view of a recording that is compared word for word."""
    return event


def is_same(recorded: Event, got: Event) -> bool:
    """Whether an event is what was recorded.

    The graph and the version a run was started with are not compared: what
    matters of a change is the first event it changes.
    """
    if isinstance(recorded, RunStarted) and isinstance(got, RunStarted):
        return recorded == replace(got, version=recorded.version, graph=recorded.graph)
    return recorded == got
