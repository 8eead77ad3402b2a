"""Every failure has a category, by a rule."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import framework
from framework import errors
from framework.errors import ProviderError
from framework.journal.fold import BRANCH_CANCELLED, BRANCH_TIMEOUT
from framework.llm import ScriptedProvider
from framework.llm.base import LLMResponse
from framework.llm.scripted import call
from framework.runtime.packet import Category, Packet, build_packet
from framework.runtime.packet.category import ERROR_CATEGORIES, SIGN_CATEGORIES, classify
from framework.runtime.packet.signs import Sign
from tests.support.failing_agents import CLERK, run_clerk
from tests.support.printed_packages import write_package

if TYPE_CHECKING:
    from typing import Any

SOURCE = Path(framework.__file__).parent


def label(value: str) -> list[Any]:
    return [call("set_output", key="label", value=value), "Done."]


def unparsed() -> LLMResponse:
    broken = call("look_up")
    return LLMResponse(content="", tool_calls=(type(broken)("x", "look_up", {}, "no JSON"),))


FAILURES: dict[str, tuple[list[Any], Category, str]] = {
    "an outage": ([ProviderError("the service is down")], Category.INFRASTRUCTURE, "ProviderError"),
    "a time-out": (label("slow"), Category.INFRASTRUCTURE, "TimeoutError"),
    "a bug": (label("broken"), Category.LOGIC, "KeyError"),
    "missing keys": (["Well.", "So.", "Hm.", "Ah."], Category.LOGIC, "missing_outputs"),
    "bad arguments": ([unparsed(), unparsed(), unparsed()], Category.LOGIC, "bad_arguments"),
    "an unknown tool": (
        [call("sell_house", who="x"), call("sell_house", who="x"), call("sell_house", who="x")],
        Category.REASONING,
        "unknown_tool",
    ),
    "a claimed return": (
        ["The tool look_up returned Ada.", "look_up says so.", "I called look_up.", "Yes."],
        Category.REASONING,
        "claimed_return",
    ),
    "an unknown call": (["As call_a1b2c3d4 shows.", "So.", "Hm.", "Ah."], Category.REASONING, "unknown_call"),
    "an endless loop": (
        [call("look_up", who="Ada")] * 3,
        Category.REASONING,
        "StallError",
    ),
    "a broken rule": (label("dear"), Category.REASONING, "constraint_violated"),
    "a missed goal": (label("letter"), Category.REASONING, "goal_missed"),
}


@pytest.mark.parametrize("name", FAILURES)
async def test_a_failure_is_of_its_category_by_its_rule(name: str, tmp_path: Path) -> None:
    script, category, rule = FAILURES[name]
    runner, _ = await run_clerk(tmp_path, ScriptedProvider(script))

    packet = await build_packet(runner.journal, "run")

    found = (packet.failure.category, packet.failure.rule)
    assert found == (category, rule), packet.failure


def error_classes() -> set[str]:
    """Return the names of all error classes of the framework's tree, wherever they are defined."""
    named = {
        name
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.FrameworkError)
    }
    for path in SOURCE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and any(
                isinstance(b, ast.Name) and b.id in named for b in node.bases
            ):
                named.add(node.name)
    return named


def facts_written() -> set[str]:
    """Return the names that the framework writes as an error without raising it."""
    found = {BRANCH_CANCELLED, BRANCH_TIMEOUT}
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ErrorFacts":
                found |= {
                    keyword.value.value
                    for keyword in node.keywords
                    if keyword.arg == "error" and isinstance(keyword.value, ast.Constant)
                }
    return found


def test_every_error_class_has_a_category() -> None:
    assert len(error_classes()) > 40
    assert error_classes() - ERROR_CATEGORIES.keys() == set()


def test_every_end_without_an_exception_has_a_category() -> None:
    assert {"DeadEnd", "ConstraintViolated", "BranchTimeout"} <= facts_written()
    assert facts_written() - ERROR_CATEGORIES.keys() == set()


def test_a_rejection_outweighs_an_outage_and_an_outage_every_other_sign() -> None:
    signs = [Sign(kind=kind, seq=1, text="") for kind in SIGN_CATEGORIES if kind != "rejected"]
    assert classify("ProviderError", signs).category is Category.INFRASTRUCTURE
    rejected = [*signs, Sign(kind="rejected", seq=2, text="no")]
    assert classify("ProviderError", rejected).rule == "rejected"


def test_a_class_nobody_knows_is_an_error_of_the_agents_code_unless_its_name_speaks_of_an_outage() -> None:
    assert classify("MyOwnError", []).category is Category.LOGIC
    assert classify("APITimeoutError", []).category is Category.INFRASTRUCTURE
    assert classify("RateLimitError", []).category is Category.INFRASTRUCTURE


async def test_outputs_that_do_not_fit_their_schema_are_logic(tmp_path: Path) -> None:
    model = "from pydantic import BaseModel\n\n\nclass Label(BaseModel):\n    label: int\n\n\n"
    agent = CLERK["agent.py"].replace('tools=["look_up"],', "output_model=Label,")
    write_package(tmp_path, "clerk", CLERK, agent=agent.replace("goal = Goal(", f"{model}goal = Goal(", 1))
    words = [answer for word in "abcde" for answer in label(word)]
    runner, _ = await run_clerk(tmp_path, ScriptedProvider(words))

    packet = await build_packet(runner.journal, "run")

    assert (packet.failure.category, packet.failure.rule) == (Category.LOGIC, "schema"), packet.failure


async def test_a_tool_that_did_return_may_be_named(tmp_path: Path) -> None:
    script = [call("look_up", who="Ada"), "The tool look_up returned a street.", "So.", "Hm.", "Ah."]
    runner, _ = await run_clerk(tmp_path, ScriptedProvider(script))

    packet: Packet = await build_packet(runner.journal, "run")

    assert packet.failure.rule == "missing_outputs"
