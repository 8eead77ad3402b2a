"""A graph: the nodes of an agent and the edges between them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pydantic import Field

from framework.model.edge import EdgeSpec
from framework.model.loop_config import LoopConfig
from framework.model.node import NodeSpec
from framework.model.spec import Spec
from framework.model.tool import Effect

if TYPE_CHECKING:
    from collections.abc import Iterable

    from framework.model.validation.finding import Finding


class ConversationMode(StrEnum):
    """Whether a node continues the conversation of the node before it."""

    CONTINUOUS = "continuous"
    ISOLATED = "isolated"


class GraphSpec(Spec):
    """Nodes, edges and the limits of a run over them.

    Attributes:
        entry_points: where runs may begin, by name; ``NODE_resume`` is where a run goes on after
            the pause node ``NODE``, whatever edges leave it.
        terminal_nodes: a run ends with success after one of these.
        pause_nodes: legacy; the run pauses after such a node.
        default_model: model of nodes that name none; empty means the run's.
        max_tokens: tokens of one model answer.
        max_steps: node visits of one run.
        timeout_s: seconds a run may be under way from its start or its last resume; None means no limit.
        identity_prompt: put in front of every node's system prompt.
    """

    id: str
    goal_id: str = ""
    version: str = "1.0.0"
    entry_node: str = ""
    entry_points: dict[str, str] = Field(default_factory=dict)
    terminal_nodes: list[str] = Field(default_factory=list)
    pause_nodes: list[str] = Field(default_factory=list)
    nodes: list[NodeSpec] = Field(default_factory=list[NodeSpec])
    edges: list[EdgeSpec] = Field(default_factory=list[EdgeSpec])
    default_model: str = ""
    max_tokens: int = Field(default=4096, ge=1)
    max_steps: int = Field(default=100, ge=1)
    loop_config: LoopConfig = Field(default_factory=LoopConfig)
    conversation_mode: ConversationMode = ConversationMode.CONTINUOUS
    identity_prompt: str = ""
    description: str = ""
    timeout_s: float | None = Field(default=None, gt=0.0)

    def node(self, node_id: str) -> NodeSpec | None:
        """Return the node with this id, or None."""
        return next((node for node in self.nodes if node.id == node_id), None)

    def edges_from(self, node_id: str) -> list[EdgeSpec]:
        """Return the edges leaving a node, highest priority first, otherwise as declared."""
        leaving = [edge for edge in self.edges if edge.source == node_id]
        return sorted(leaving, key=lambda edge: -edge.priority)

    def validate(  # pyright: ignore[reportIncompatibleMethodOverride]  (Pydantic's own is deprecated)
        self,
        *,
        tools: Iterable[str] | None = None,
        input_keys: Iterable[str] | None = None,
        declared_inputs: Iterable[str] = (),
    ) -> list[Finding]:
        """Return every finding, errors and warnings; an empty list means the graph is sound.

        Args:
            tools: names of the available tools; None skips that check.
            input_keys: keys the run's input will hold; None skips that check.
            declared_inputs: keys of the input that the goal declares; no misspellings of others.
        """
        from framework.model.validation import validate_graph  # noqa: PLC0415  (the validator reads GraphSpec)

        return validate_graph(self, tools=tools, input_keys=input_keys, declared_inputs=declared_inputs)

    def to_json(self) -> dict[str, Any]:
        """Return the graph as JSON data; callables become their dotted names.

        Fields younger than the first stored runs are left out unless they are set, so that a graph
        nobody changed stays equal to what those runs recorded.
        """
        graph = self.model_dump(mode="json")
        _leave_out(graph, {"timeout_s": None})
        for node in graph["nodes"]:
            _leave_out(node, {"timeout_s": None, "effect": Effect.NONE.value})
        return graph


def _leave_out(record: dict[str, Any], defaults: dict[str, Any]) -> None:
    for name, default in defaults.items():
        if record.get(name) == default:
            record.pop(name, None)
