"""An agent of twelve nodes whose three tools take effect in another process.

Whatever kills it, carried on it must come to the output of a run that nobody killed.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from framework.llm.base import LLMResponse
from framework.llm.scripted import Answer, ScriptedProvider, call
from framework.loop.budget import BudgetPolicy, Cap, LocalBudgets, ModelPrice, Scope
from framework.model.tool import Effect
from framework.tools import ToolRegistry, tool
from framework.tools.context import ToolContext  # noqa: TC001  (the hints of a tool are read)
from tests.support.killing import AFTER_EFFECT
from tests.support.receiver import Delivery
from tests.support.resumable_runs import Agent, spoken
from tests.support.walked_graphs import edge, graph, loop_node, node, when

if TYPE_CHECKING:
    from collections.abc import Callable

    from framework.graph import GraphSpec
    from framework.llm.base import ModelRequest
    from framework.model.events import QuestionAsked
    from tests.support.killing import Killer
    from tests.support.receiver import Receiver

LOOKUP, STORE, CHARGE = EFFECTS = ("lookup", "store", "charge")
"""The tools: without an effect, idempotent, and never silently made twice."""

MODEL = "dear"
MODEL_ASKED = "model: asked"
"""Where the model of a run under a budget has answered, and nothing of it is stored."""

PRICE = ModelPrice(input_per_million=Decimal(0), output_per_million=Decimal(200))
ONE_ANSWER, ONE_CALL = Decimal("0.5"), Decimal(1)
"""US dollars that an answer costs, and a call at most: one that was interrupted is counted so."""

WORK: dict[str, list[tuple[str, str]]] = {
    "LOOK": [(LOOKUP, "a"), (LOOKUP, "b")],
    "KEEP": [(STORE, "c"), (STORE, "d"), (LOOKUP, "e")],
    "PAY": [(CHARGE, "f"), (CHARGE, "g")],
    "POST": [(CHARGE, "h"), (STORE, "i"), (LOOKUP, "j")],
    "END": [(CHARGE, "k")],
}
"""The calls that each model node asks for at once."""


def killed_agent(
    killer: Killer, receiver: Receiver, trial: str, person: DoubtfulPerson, *, budget: str = ""
) -> Agent:
    """Return the agent; its effects are noted under the name ``trial``.

    Under a budget, in US dollars, every call of its model has a price and is noted there, too.
    """
    registry = ToolRegistry()
    for function in killed_tools(killer, receiver, trial):
        registry.register_function(function)
    options = {"tools": registry.get_tools(), "tool_executor": registry.get_executor(), "person": person}
    if budget:

        def priced(request: ModelRequest) -> LLMResponse:
            receiver.deliver(trial, Delivery(tool=MODEL, arguments=request.system.splitlines()[0], key=""))
            killer.reach(MODEL_ASKED)
            return _priced(answered(request))

        caps = (Cap(scope=Scope.RUN, limit_usd=Decimal(budget)),)
        options["llm"] = ScriptedProvider(priced, model=MODEL)
        options["budget"] = LocalBudgets(BudgetPolicy(caps=caps, prices={MODEL: PRICE}))
    return Agent(graph=killed_graph(), script=_script, options=options)


def _priced(answer: Answer) -> LLMResponse:
    text, uses = (answer, []) if isinstance(answer, str) else ("", answer)
    assert isinstance(uses, list)
    return LLMResponse(content=text, tool_calls=tuple(uses), cost_usd=ONE_ANSWER, output_tokens=10)


def answered(request: ModelRequest) -> Answer:
    """Return what the agent's model answers."""
    return Agent(graph=killed_graph(), script=_script).answer(request)


class DoubtfulPerson:
    """A person who says the same of every call in doubt, and who likes blue.

    Attributes:
        doubts: the ids of the calls that were asked about.
    """

    def __init__(self, ruling: str) -> None:
        self._ruling = ruling
        self.doubts: list[str] = []

    async def ask(self, question: QuestionAsked) -> str:
        """Return an answer."""
        if "abandon" not in question.options:
            return "blue"
        self.doubts.append(f"{question.node_id} {question.call_id}")
        return self._ruling


def killed_tools(killer: Killer, receiver: Receiver, trial: str) -> tuple[Callable[..., Any], ...]:
    """Return the three tools, in the order of ``EFFECTS``."""

    def take_effect(name: str, item: str, context: ToolContext) -> str:
        receiver.deliver(trial, Delivery(tool=name, arguments=item, key=context.idempotency_key))
        killer.reach(f"{name}: {AFTER_EFFECT}")
        return f"{name} of {item}"

    @tool(effect=Effect.NONE)
    def lookup(item: str, context: ToolContext) -> str:
        """Look something up, in a thread."""
        return take_effect(LOOKUP, item, context)

    @tool(effect=Effect.IDEMPOTENT)
    async def store(item: str, context: ToolContext) -> str:
        """Store something."""
        return take_effect(STORE, item, context)

    @tool(effect=Effect.ONCE)
    def charge(item: str, context: ToolContext) -> str:
        """Charge for something, in a thread."""
        return take_effect(CHARGE, item, context)

    return lookup, store, charge


def killed_graph() -> GraphSpec:
    """Return the graph, its functions included."""
    twice = {"max_node_visits": 2}
    nodes = [
        loop_node("ask", writes=["colour"], client_facing=True, system_prompt="ASK"),
        node("begin", reads=["before"], writes=["round"], nullable_output_keys=["before"], **twice),
        loop_node("look", writes=["look"], tools=[LOOKUP], system_prompt="LOOK", **twice),
        loop_node("keep", writes=["keep"], tools=[STORE, LOOKUP], system_prompt="KEEP", **twice),
        node("count", reads=["round"], writes=["count"], **twice),
        node("merge", reads=["look", "keep", "count"], writes=["merged"], **twice),
        node("check", reads=["merged", "round"], writes=["verdict"], **twice),
        node("ship", reads=["colour"], writes=["ship"]),
        loop_node("pay", writes=["pay"], tools=[CHARGE], system_prompt="PAY"),
        loop_node("post", writes=["post"], tools=[CHARGE, STORE, LOOKUP], system_prompt="POST"),
        node("settle", reads=["pay", "post"], writes=["settled"]),
        loop_node("end", reads=["settled"], writes=["end"], tools=[CHARGE], system_prompt="END"),
    ]
    edges = [
        edge("ask", "begin"),
        edge("begin", "look"), edge("begin", "keep"), edge("begin", "count"),
        edge("look", "merge"), edge("keep", "merge"), edge("count", "merge"),
        edge("merge", "check"),
        when("check", "ship", "round >= 2"), edge("ship", "pay"), edge("ship", "post"),
        edge("check", "begin", priority=-1, input_mapping={"before": "round"}),
        edge("pay", "settle"), edge("post", "settle"), edge("settle", "end"),
    ]  # fmt: skip
    config = {"client_turns": "ask"}
    bound = [each.model_copy(update={"function": _FUNCTIONS.get(each.id)}) for each in nodes]
    return graph(bound, edges, terminal_nodes=["end"], conversation_mode="isolated", loop_config=config)


async def _begin(before: int = 0) -> int:
    return (before or 0) + 1


def _count(round: int) -> int:  # noqa: A002  (the key's name)
    return round * 10


_FUNCTIONS: dict[str, Any] = {
    "begin": _begin,
    "count": _count,
    "merge": lambda look, keep, count: [look, keep, count],
    "check": lambda merged, round: len(merged) + round,  # noqa: A006  (the key's name)
    "ship": lambda colour: f"a {colour} parcel",
    "settle": lambda pay, post: f"{pay} and {post}",
}


def _script(request: ModelRequest) -> Answer:
    name, step = request.system.splitlines()[0], spoken(request)
    if name == "ASK":
        return [
            call("ask_user", question="Which colour?"),
            call("set_output", key="colour", value="blue"),
            "Thanks.",
        ][step]
    if step == 0:
        return [call(tool_name, item=item) for tool_name, item in WORK[name]]
    if step == 1:
        given_up = sum("gave it up" in message.content for message in request.messages)
        return call("set_output", key=name.lower(), value=f"{name} without {given_up}")
    return "Done."
