"""What one run has of its own: where it begins, what it shares, how long it waits."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from framework.errors import InputError
from framework.graph.time_limits import REAL_TIME, TimeLimits
from framework.loop.context import NodeProtocol
from framework.model.loop_config import LoopConfig
from framework.model.node import NodeSpec

_SAFE_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


def is_safe_id(text: str) -> bool:
    """Whether ``text`` can be the name of a folder of ours."""
    return _SAFE_ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What one run has of its own.

    Attributes:
        entry_node: where a new run begins; the graph's entry node by default.
        session: the session whose data folder a new run shares; its own folder by default.
        patience_s: seconds a question waits for an answer from outside when there is no person.
        facts: noted at the start of the journal, outside its hashes.
        given: what nodes read from outside, by lane, before anything is looked up; a replay gives it.
        loop_config: the limits of this run's loops; the executor's, or the graph's, by default.
        cut_off: the only branches that are cut off, each where ``limits`` say; a replay names those that
            were. By default a failed sibling cuts off all that are still under way.
        stand_in: gives what runs a node in the place of its own worker; a replay does.
        any_graph: whether a run may be carried on with another graph than its own; for a replay, which
            shows what that changes.
        limits: end what takes too long; by default by the machine's time.
    """

    entry_node: str | None = None
    session: str | None = None
    patience_s: float = 0.0
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    loop_config: LoopConfig | None = None
    any_graph: bool = False
    cut_off: Collection[str] | None = None
    stand_in: Callable[[NodeSpec, NodeProtocol], NodeProtocol] | None = None
    limits: TimeLimits = REAL_TIME
    given: Mapping[str, list[Any]] = field(default_factory=dict[str, list[Any]])

    def __post_init__(self) -> None:
        """Check the session's name.

        Raises:
            InputError: if it cannot be a folder's.
        """
        if self.session is not None and not is_safe_id(self.session):
            raise InputError(
                f"A session cannot be called {self.session!r}; use letters, digits, dots, dashes and "
                "underscores, 128 at most."
            )
