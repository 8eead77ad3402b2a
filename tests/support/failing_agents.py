"""A package whose runs fail in every way, and runs of it."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

from framework.runner import AgentRunner
from tests.support.printed_packages import write_package

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from framework.graph.result import ExecutionResult
    from framework.llm import ScriptedProvider

CLERK = {
    "__init__.py": "",
    "agent.py": dedent(
        """\
        from framework.graph import Constraint, EdgeCondition, EdgeSpec, Goal, NodeSpec, SuccessCriterion

        from .functions import settle

        goal = Goal(
            id="goal",
            name="Settle letters",
            success_criteria=[SuccessCriterion(id="paid", metric="output_contains", target="paid")],
            constraints=[Constraint(id="cheap", constraint_type="hard", check="price < 100")],
        )
        nodes = [
            NodeSpec(
                id="read",
                input_keys=["letter"],
                output_keys=["label"],
                system_prompt="Read {letter}.",
                tools=["look_up"],
                max_retries=1,
            ),
            NodeSpec(
                id="settle",
                node_type="function",
                function=settle,
                input_keys=["letter", "label"],
                output_keys=["done", "price"],
                nullable_output_keys=["price"],
                max_retries=1,
            ),
        ]
        edges = [EdgeSpec(id="on", source="read", target="settle", condition=EdgeCondition.ON_SUCCESS)]
        entry_node = "read"
        terminal_nodes = ["settle"]
        loop_config = {"max_iterations": 4, "stall_detection_threshold": 3}
        """
    ),
    "functions.py": dedent(
        """\
        def settle(letter, label):
            if label == "slow":
                raise TimeoutError("the bank took too long")
            if label == "broken":
                return {}["nothing"]
            if label == "dear":
                return {"done": "paid", "price": 500}
            return {"done": "paid" if label == "bill" else "kept"}
        """
    ),
    "tools.py": dedent(
        '''\
        from framework.runner.tool_registry import tool


        @tool(effect="none")
        def look_up(who: str) -> str:
            """Look somebody up."""
            if who == "nobody":
                raise LookupError("nobody of that name")
            return f"{who} lives in the High Street"
        '''
    ),
}
"""A model labels a letter and a function settles it, in the way the label says."""


async def run_clerk(
    tmp_path: Path, llm: ScriptedProvider, *, run_id: str = "run", inputs: Mapping[str, Any] | None = None
) -> tuple[AgentRunner, ExecutionResult]:
    """Write the package below ``tmp_path``, run it once, and return its runner and the result."""
    folder = tmp_path / "clerk"
    if not folder.exists():
        write_package(tmp_path, "clerk", CLERK)
    runner = AgentRunner.load(folder, storage_path=tmp_path / "store", llm=llm)
    result = await runner.run(inputs or {"letter": "please pay"}, run_id=run_id)
    return runner, result
