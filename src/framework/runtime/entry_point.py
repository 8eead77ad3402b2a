"""Entry points: where runs of an agent begin, and what starts them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from framework.errors import SpecError
from framework.graph.options import is_safe_id
from framework.model.validation.finding import Finding, error, warning
from framework.runtime.schedule import SCHEDULE_KEYS, read_schedule
from framework.runtime.webhook import WEBHOOK_KEYS, read_webhook

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from framework.model.graph import GraphSpec


class TriggerType(StrEnum):
    """What starts a run; ``api`` is another word for ``manual``."""

    MANUAL = "manual"
    API = "api"
    TIMER = "timer"
    CRON = "cron"
    WEBHOOK = "webhook"

    @property
    def is_timed(self) -> bool:
        """Whether a clock starts the runs."""
        return self in {TriggerType.TIMER, TriggerType.CRON}


class IsolationLevel(StrEnum):
    """What the runs of one entry point share: nothing; data folder and memory; the same, one at a time."""

    ISOLATED = "isolated"
    SHARED = "shared"
    SYNCHRONIZED = "synchronized"


@dataclass(frozen=True, slots=True)
class EntryPointSpec:
    """One way into an agent.

    Attributes:
        id: also the name of the session its runs share.
        name: for people.
        entry_node: the node at which its runs begin.
        trigger_type: ``manual``, ``timer``, ``cron`` or ``webhook``.
        trigger_config: when, or where; docs/runtime.md says which keys.
        isolation_level: ``isolated``, ``shared`` or ``synchronized``.
        priority: runs of a higher one begin first when there is no room for all.
        max_concurrent: runs under way at the same time.
    """

    id: str
    name: str
    entry_node: str
    trigger_type: str
    trigger_config: dict[str, Any] = field(default_factory=dict[str, Any])
    isolation_level: str = IsolationLevel.SHARED
    priority: int = 0
    max_concurrent: int = 10

    @property
    def limit(self) -> int:
        """How many runs may be under way at the same time, by level and number."""
        return 1 if self.isolation_level == IsolationLevel.SYNCHRONIZED else self.max_concurrent

    @property
    def shares_session(self) -> bool:
        """Whether its runs share a data folder and memory."""
        return self.isolation_level != IsolationLevel.ISOLATED


def check_entry_points(specs: Iterable[EntryPointSpec], graph: GraphSpec) -> list[Finding]:
    """Return what keeps entry points from working with a graph; an empty list means nothing does."""
    found: list[Finding] = []
    ids: set[str] = set()
    paths: dict[str, str] = {}
    for spec in specs:
        found += _check_one(spec, graph)
        if spec.id in ids:
            message = "Another entry point has the same id."
            found.append(error("duplicate-entry-point", _where(spec), message, "Give it an id of its own."))
        ids.add(spec.id)
        path = spec.trigger_config.get("path") if spec.trigger_type == TriggerType.WEBHOOK else None
        if path is not None and path in paths:
            message = f"Its path {path!r} is that of the entry point {paths[path]!r}, too."
            found.append(error("duplicate-path", _where(spec), message, "Give it a path of its own."))
        elif isinstance(path, str):
            paths[path] = spec.id
    return found


def _check_one(spec: EntryPointSpec, graph: GraphSpec) -> Iterator[Finding]:
    where = _where(spec)
    if not is_safe_id(spec.id):
        fix = "Use letters, digits, dots, dashes and underscores, 128 at most."
        yield error("entry-point-id", where, f"{spec.id!r} cannot be an entry point's id.", fix)
    if graph.node(spec.entry_node) is None:
        known = ", ".join(node.id for node in graph.nodes)
        message = f"Its entry node {spec.entry_node!r} does not exist."
        yield error("unknown-entry-node", where, message, f"Set entry_node to one of: {known}.")
    if spec.isolation_level not in list(IsolationLevel):
        message = f"There is no isolation level {spec.isolation_level!r}."
        yield error("isolation-level", where, message, f"Use one of: {', '.join(IsolationLevel)}.")
    if spec.max_concurrent < 1:
        yield error(
            "max-concurrent", where, f"max_concurrent is {spec.max_concurrent}.", "Set it to 1 or more."
        )
    yield from _check_trigger(spec, where)


def _check_trigger(spec: EntryPointSpec, where: str) -> Iterator[Finding]:
    if spec.trigger_type not in list(TriggerType):
        message = f"There is no trigger type {spec.trigger_type!r}."
        yield error("trigger-type", where, message, f"Use one of: {', '.join(TriggerType)}.")
        return
    kind = TriggerType(spec.trigger_type)
    known: frozenset[str] = frozenset()
    try:
        if kind.is_timed:
            known = SCHEDULE_KEYS
            read_schedule(spec.trigger_config)
        elif kind is TriggerType.WEBHOOK:
            known = WEBHOOK_KEYS
            read_webhook(spec.trigger_config)
    except SpecError as problem:
        yield error("trigger-config", where, str(problem), "Mend its trigger_config.")
    for key in spec.trigger_config.keys() - known:
        fix = f"Remove it, or use one of: {', '.join(sorted(known)) or 'none'}."
        yield warning("unknown-field", where, f"Nothing reads {key!r} of its trigger_config.", fix)


def _where(spec: EntryPointSpec) -> str:
    return f"entry point {spec.id!r}"
