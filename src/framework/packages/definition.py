"""What ``agent.py`` defines: its attributes, read and checked, and the one graph they make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from inspect import isclass, ismodule, isroutine
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic import ValidationError

from framework.errors import PackageError
from framework.model.edge import EdgeSpec
from framework.model.goal import Goal
from framework.model.graph import GraphSpec
from framework.model.loop_config import LoopConfig
from framework.model.node import NodeSpec
from framework.packages.import_failure import complaints
from framework.runtime.entry_point import EntryPointSpec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

_T = TypeVar("_T")
_SIMILAR = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """A type an attribute may have: how it reads, and the test of a value."""

    words: str
    fits: Callable[[Any], bool]


def _list_of(kind: type) -> Callable[[Any], bool]:
    def fits(value: object) -> bool:
        return isinstance(value, (list, tuple)) and all(
            isinstance(item, kind) for item in cast("list[object]", value)
        )

    return fits


def _is(*kinds: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, kinds) and not isinstance(value, bool)


def _is_entry_points(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    return all(isinstance(text, str) for item in cast("dict[object, object]", value).items() for text in item)


_TEXT = _Kind(words="text", fits=_is(str))
_NUMBER = _Kind(words="a whole number", fits=_is(int))
_NODE_IDS = _Kind(words="a list of node ids", fits=_list_of(str))

_KINDS: dict[str, _Kind] = {
    "goal": _Kind(words="a Goal", fits=_is(Goal)),
    "graph": _Kind(words="a GraphSpec", fits=_is(GraphSpec)),
    "nodes": _Kind(words="a list of NodeSpec", fits=_list_of(NodeSpec)),
    "edges": _Kind(words="a list of EdgeSpec", fits=_list_of(EdgeSpec)),
    "entry_node": _TEXT,
    "entry_points": _Kind(words="a dict of names to node ids", fits=_is_entry_points),
    "terminal_nodes": _NODE_IDS,
    "pause_nodes": _NODE_IDS,
    "loop_config": _Kind(words="a LoopConfig or a dict of its fields", fits=_is(LoopConfig, dict)),
    "conversation_mode": _TEXT,
    "identity_prompt": _TEXT,
    "max_steps": _NUMBER,
    "default_model": _TEXT,
    "max_tokens": _NUMBER,
    "triggers": _Kind(words="a list of EntryPointSpec", fits=_list_of(EntryPointSpec)),
}
_GRAPH_FIELDS = tuple(name for name in _KINDS if name not in {"goal", "graph", "triggers"})


class Definition:
    """The attributes of an agent's module.

    Attributes:
        where: the module's file, for messages.
    """

    def __init__(self, module: ModuleType, where: str) -> None:
        """Read ``module``.

        Raises:
            PackageError: if attributes are missing, misspelt or of another type.
        """
        self.where = where
        self._all = {name: value for name, value in vars(module).items() if not name.startswith("_")}
        self._said = {name: self._all[name] for name in _KINDS if self._all.get(name) is not None}
        faults = [*self._faults()]
        if faults:
            raise faults[0] if len(faults) == 1 else PackageError(" ".join(map(str, faults)), parts=faults)

    def goal(self) -> Goal:
        """Return the goal."""
        return self._checked("goal", Goal)

    def graph(self, name: str, goal: Goal, max_tokens: int) -> GraphSpec:
        """Return the graph: the attribute ``graph``, or what the others make.

        Args:
            name: id of a graph made here.
            goal: what the graph is for.
            max_tokens: tokens of an answer, where the module says nothing.

        Raises:
            PackageError: if attributes make no graph, or say different things.
        """
        given = self._said.get("graph")
        if isinstance(given, GraphSpec):
            self._check_agreement(given)
            is_said = "max_tokens" in given.model_fields_set
            return given if is_said else given.model_copy(update={"max_tokens": max_tokens})
        fields = {name: value for name, value in self._said.items() if name in _GRAPH_FIELDS}
        fields["nodes"] = list(self._checked("nodes", list[NodeSpec]))
        fields["edges"] = list(self._checked("edges", list[EdgeSpec]))
        fields["entry_node"] = self._entry_node()
        fields.setdefault("max_tokens", max_tokens)
        about = {"id": name, "goal_id": goal.id, "version": goal.version, "description": goal.description}
        return self._entered(self._made(about | fields))

    def triggers(self) -> tuple[EntryPointSpec, ...]:
        """Return the entry points that ``triggers`` lists: what starts runs besides a person."""
        return tuple(cast("list[EntryPointSpec]", self._said.get("triggers", [])))

    def _entered(self, graph: GraphSpec) -> GraphSpec:
        """Return the graph with the nodes at which triggers begin among its entry points."""
        known = {graph.entry_node, *graph.entry_points.values()}
        new = {
            spec.id: spec.entry_node
            for spec in self.triggers()
            if spec.entry_node not in known and graph.node(spec.entry_node) is not None
        }
        return graph.model_copy(update={"entry_points": {**new, **graph.entry_points}}) if new else graph

    def _made(self, fields: Mapping[str, Any]) -> GraphSpec:
        try:
            return GraphSpec(**fields)
        except ValidationError as error:
            raise PackageError(f"{self.where} describes no graph: {complaints(error)}.") from error

    def _entry_node(self) -> str:
        points = cast("dict[str, str]", self._said.get("entry_points", {}))
        if "entry_node" not in self._said and "start" in points:
            return points["start"]
        return self._checked("entry_node", str)

    def _checked(self, name: str, kind: type[_T]) -> _T:
        """Return an attribute that is there, and of that kind."""
        del kind
        return cast("_T", self._said[name])

    def _missing(self, name: str) -> PackageError:
        words = _KINDS[name].words
        similar = self._similar(name)
        advice = f"did you mean it by {similar!r}? Rename that" if similar else "define it"
        return PackageError(f"{self.where} defines no {name!r} ({words}); {advice}.")

    def _similar(self, name: str) -> str | None:
        fits = _KINDS[name].fits
        others = [key for key, value in self._all.items() if key not in _KINDS and _is_data(value)]
        named_alike = get_close_matches(name, others, n=1, cutoff=_SIMILAR)
        is_telling = name in {"goal", "graph"}
        same_kind = [key for key in others if is_telling and fits(self._all[key])]
        return next(iter([*named_alike, *same_kind]), None)

    def _faults(self) -> Iterator[PackageError]:
        """Yield what is wrong, in the order of the file, then what is missing."""
        meant: set[str] = set()
        for name, value in self._all.items():
            near = self._misspelt(name)
            if near is not None:
                meant.add(near)
                yield PackageError(
                    f"{self.where} defines {name!r}, which nothing reads; did you mean {near!r}? Rename it."
                )
            elif name in self._said and not _KINDS[name].fits(value):
                yield self._of_wrong_kind(name, value)
        for name in self._needed():
            if name not in meant and name not in self._said:
                yield self._missing(name)

    def _misspelt(self, name: str) -> str | None:
        """Return which attribute of a graph is nearly called ``name``, and is not said."""
        if name in _KINDS or "graph" in self._said or not _is_data(self._all[name]):
            return None
        unsaid = [known for known in _GRAPH_FIELDS if known not in self._all]
        near = get_close_matches(name, unsaid, n=1, cutoff=_SIMILAR)
        return near[0] if near and _KINDS[near[0]].fits(self._all[name]) else None

    def _of_wrong_kind(self, name: str, value: object) -> PackageError:
        found = type(value).__name__
        if isinstance(value, (list, tuple)):
            items = cast("list[object]", value)
            found += f" holding {', '.join(sorted({type(item).__name__ for item in items}))}"
        return PackageError(
            f"{self.where}: {name!r} must be {_KINDS[name].words}, and is a {found}; mend it."
        )

    def _needed(self) -> Iterator[str]:
        """Yield the attributes that must be said."""
        yield "goal"
        if "graph" in self._said:
            return
        yield from ("nodes", "edges")
        points = self._said.get("entry_points")
        if not (isinstance(points, dict) and "start" in points):
            yield "entry_node"

    def _check_agreement(self, graph: GraphSpec) -> None:
        for name in self._said.keys() & set(_GRAPH_FIELDS):
            said, built = self._comparable(name), getattr(graph, name)
            if said != built:
                raise PackageError(
                    f"{self.where}: {name!r} and graph.{name} disagree{_difference(said, built)}; "
                    "build the graph from that attribute, or remove it."
                )

    def _comparable(self, name: str) -> object:
        value: Any = self._said[name]
        if name == "loop_config" and not isinstance(value, LoopConfig):
            return self._made({"id": "", "loop_config": value}).loop_config
        return list(value) if isinstance(value, tuple) else value  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  (checked by its kind)


def _is_data(value: object) -> bool:
    return not (ismodule(value) or isclass(value) or isroutine(value))


def _difference(said: object, built: object) -> str:
    if not isinstance(said, list) or not isinstance(built, list):
        return f" ({said!r} and {built!r})"
    first, second = _ids(cast("list[object]", said)), _ids(cast("list[object]", built))
    parts = [
        f"only {place} holds {', '.join(sorted(ids))}"
        for place, ids in (("the first", first - second), ("the second", second - first))
        if ids
    ]
    return f" ({'; '.join(parts)})" if parts else " (the same ids with other contents or in another order)"


def _ids(items: list[object]) -> set[str]:
    return {str(getattr(item, "id", item)) for item in items}
