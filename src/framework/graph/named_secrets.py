"""The secrets in a run's own data: values that stand under names such as ``password``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from framework.credentials.secret_patterns import named_secrets
from framework.journal.state import WalkLane

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from framework.journal.state import Lane, RunState
    from framework.model.value import Value


_NOTHING: Mapping[tuple[str, bytes], frozenset[str]] = {}


class NamedSecrets:
    """Finds the secrets in a run's input and memory as they are when it is called.

    It is called when a text tells of a failure, or is printed; until then it costs nothing. A
    value is read once as long as the run has it.
    """

    __slots__ = ("_known", "_state")

    def __init__(self, state: RunState) -> None:
        """Look in ``state``, which goes on changing."""
        self._state = state
        self._known: Mapping[tuple[str, bytes], frozenset[str]] = _NOTHING

    def __call__(self) -> frozenset[str]:
        """Return the secrets; any thread may ask."""
        before, known = self._known, dict[tuple[str, bytes], frozenset[str]]()
        for key, value in self._values():
            if value.is_resolved:
                place = key, value.raw
                known[place] = before[place] if place in before else _in_value(key, value)
        self._known = known
        return frozenset[str]().union(*known.values())

    def _values(self) -> Iterator[tuple[str, Value]]:
        yield from self._state.input.items()
        for lane in tuple(self._state.lanes.values()):  # The run adds lanes while a thread asks.
            yield from _values_of(lane)


def _values_of(lane: Lane) -> Iterator[tuple[str, Value]]:
    if isinstance(lane, WalkLane):
        yield from tuple(lane.memory.items())
        node = lane.node
        if node is not None:
            yield from tuple(node.outputs.items())


def _in_value(key: str, value: Value) -> frozenset[str]:
    return frozenset(named_secrets(value.load(), key))
