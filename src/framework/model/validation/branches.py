"""Rules about fan-out: branches join at one node, write different keys, and one at most faces a person."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from framework.model.topology import Join, Joining, NoJoin, Outcome, PartialJoin, Topology
from framework.model.validation.exclusion import largest_sets
from framework.model.validation.finding import Finding, at_edge, at_node, error, warning

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from framework.model.validation.subject import Subject

_MERGE_FIX = "Let every branch lead to one common node, let none meet, or make the edges exclude each other."


@dataclass(frozen=True, slots=True)
class FanOut:
    """Branches that start together after one node."""

    source: str
    targets: tuple[str, ...]
    joining: Joining

    @property
    def inside(self) -> frozenset[str]:
        """The nodes in any of the branches."""
        return frozenset[str]().union(*self.joining.branches)


def fan_outs(subject: Subject) -> list[FanOut]:
    """Return the largest fan-outs that runs of the graph can make."""
    topology = subject.topology
    found: dict[tuple[str, tuple[str, ...]], FanOut] = {}
    for node_id in topology.nodes:
        if node_id not in subject.reachable:
            continue
        for targets in _target_sets(node_id, topology):
            found[node_id, targets] = FanOut(node_id, targets, topology.joins(targets))
    return list(found.values())


def _target_sets(node_id: str, topology: Topology) -> Iterator[tuple[str, ...]]:
    for outcome in Outcome:
        for choice in topology.choices(node_id, outcome):
            for edges in largest_sets(choice):
                targets = tuple(dict.fromkeys(edge.target for edge in edges))
                if len(targets) > 1:
                    yield targets


def is_well_nested(subject: Subject) -> bool:
    """Return whether every fan-out joins at one node or never, inside the branch it is in."""
    all_fan_outs = fan_outs(subject)
    return not any(
        isinstance(fan_out.joining, PartialJoin)
        or fan_out.source in fan_out.inside
        or any(_crossings(fan_out, all_fan_outs))
        or _behind_join(fan_out, subject.topology)
        for fan_out in all_fan_outs
    )


def check_branches(subject: Subject) -> list[Finding]:
    """Return what is wrong with fan-outs, each finding once."""
    found: dict[Finding, None] = {}
    all_fan_outs = fan_outs(subject)
    forward = _without_feedback(subject)
    for fan_out in all_fan_outs:
        if isinstance(fan_out.joining, PartialJoin):
            found |= dict.fromkeys(_partial_join(fan_out, fan_out.joining.shared, subject, forward))
        elif fan_out.source in fan_out.inside:
            found |= dict.fromkeys(_partial_join(fan_out, frozenset({fan_out.source}), subject, forward))
        else:
            found |= dict.fromkeys(_conflicts(fan_out, subject))
            found |= dict.fromkeys(_client_facing(fan_out, subject))
            found |= dict.fromkeys(_crossings(fan_out, all_fan_outs))
            found |= dict.fromkeys(_overruns(fan_out, subject.topology))
    return list(found)


def _without_feedback(subject: Subject) -> Topology:
    forward = [edge for edge in subject.graph.edges if not edge.is_feedback]
    return Topology(subject.graph.model_copy(update={"edges": forward}))


def _partial_join(
    fan_out: FanOut, shared: frozenset[str], subject: Subject, forward: Topology
) -> Iterator[Finding]:
    leaving = _leaving_feedback(fan_out, subject, forward)
    for edge_id, branch, target in leaving:
        message = (
            f"It leaves the branch {branch!r} of the fan-out at {fan_out.source!r} and leads to {target!r}."
        )
        fix = "Let it start at the node where the branches join, or lead to a node of the same branch."
        yield error("feedback-leaves-branch", at_edge(edge_id), message, fix)
    if not leaving:
        branches = _named(fan_out.targets)
        message = f"Its branches {branches} share {_named(sorted(shared))}, but no node joins all of them."
        yield error("partial-join", at_node(fan_out.source), message, _MERGE_FIX)


def _leaving_feedback(fan_out: FanOut, subject: Subject, forward: Topology) -> list[tuple[str, str, str]]:
    joining = forward.joins(fan_out.targets)
    if isinstance(joining, PartialJoin):
        return []
    join = joining.node if isinstance(joining, Join) else None
    return [
        (edge.id, target, edge.target)
        for target, branch in zip(fan_out.targets, joining.branches, strict=True)
        for node_id in subject.topology.nodes
        if node_id in branch
        for edge in subject.topology.followed_edges(node_id)
        if edge.is_feedback and edge.target not in branch and edge.target != join
    ]


def _conflicts(fan_out: FanOut, subject: Subject) -> Iterator[Finding]:
    nodes = subject.topology.nodes
    for one, two in combinations(fan_out.joining.branches, 2):
        for first in sorted(one):
            for second in sorted(two):
                for key in sorted(set(nodes[first].output_keys) & set(nodes[second].output_keys)):
                    message = (
                        f"Nodes {first!r} and {second!r} may both write {key!r} in parallel branches "
                        f"of the fan-out at {fan_out.source!r}."
                    )
                    fix = f"Give one of them another output key than {key!r}."
                    yield error("branch-key-conflict", at_node(first), message, fix)


def _client_facing(fan_out: FanOut, subject: Subject) -> Iterator[Finding]:
    nodes = subject.topology.nodes
    facing = [
        sorted(node_id for node_id in branch if nodes[node_id].client_facing)
        for branch in fan_out.joining.branches
    ]
    if sum(bool(branch) for branch in facing) > 1:
        names = _named(node_id for branch in facing for node_id in branch)
        message = f"Its branches hold the client-facing nodes {names}, which may wait for a person at once."
        fix = "Leave one branch with client-facing nodes, or ask the person before or after the fan-out."
        yield error("client-facing-in-parallel", at_node(fan_out.source), message, fix)


def _crossings(outer: FanOut, all_fan_outs: list[FanOut]) -> Iterator[Finding]:
    """Yield fan-outs inside a branch of ``outer`` whose branches pass the node where ``outer`` joins."""
    if not isinstance(outer.joining, Join):
        return
    for inner in all_fan_outs:
        if isinstance(inner.joining, PartialJoin) or inner.source not in outer.inside:
            continue
        if outer.joining.node in inner.inside:
            ends = (
                "never meet" if isinstance(inner.joining, NoJoin) else f"join only at {inner.joining.node!r}"
            )
            message = (
                f"Its branches {_named(inner.targets)} pass {outer.joining.node!r}, where the fan-out at "
                f"{outer.source!r} around them joins, and {ends}."
            )
            yield error("partial-join", at_node(inner.source), message, _MERGE_FIX)


def _overruns(fan_out: FanOut, topology: Topology) -> Iterator[Finding]:
    """Yield nodes that a branch can come to without passing the join, although they lie behind it.

    An end that may run twice does no harm there.
    """
    behind = sorted(_behind_join(fan_out, topology))
    if not behind or not isinstance(fan_out.joining, Join):
        return
    message = (
        f"One of its branches {_named(fan_out.targets)} can come to {_named(behind)} "
        f"past {fan_out.joining.node!r}, where they join."
    )
    runs_again = all(topology.is_end(each) and topology.nodes[each].max_node_visits != 1 for each in behind)
    make = warning if runs_again else error
    fix = "Lead the branch to the join, or to an end of its own."
    yield make("branch-passes-join", at_node(fan_out.source), message, fix)


def _behind_join(fan_out: FanOut, topology: Topology) -> frozenset[str]:
    if not isinstance(fan_out.joining, Join):
        return frozenset()
    join = fan_out.joining.node
    return fan_out.inside & topology.reachable((join,), stop=fan_out.source, forward=True)


def _named(node_ids: Iterable[str]) -> str:
    return ", ".join(repr(node_id) for node_id in node_ids)
