from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from framework.errors import ToolError
from framework.model.tool import Effect, Tool, ToolResult, ToolUse
from framework.tools.calls import call_tool
from framework.tools.context import ToolContext
from framework.tools.registry import ToolRegistry

if TYPE_CHECKING:
    from pathlib import Path


async def call(
    registry: ToolRegistry, name: str, context: ToolContext | None = None, **arguments: Any
) -> ToolResult:
    return await call_tool(
        registry.get_executor(), ToolUse("1", name, arguments), timeout_s=5, context=context or ToolContext()
    )


def search(query: str, workspace: str = "none") -> str:
    """Search."""
    return f"{query} in {workspace}"


def where(data_dir: str) -> str:
    return data_dir


async def test_a_registered_function_is_listed_and_called() -> None:
    registry = ToolRegistry()
    registry.register_function(search, name="find", description="Find it.")
    assert registry.has_tool("find")
    assert not registry.has_tool("search")
    assert registry.get_tools()["find"].description == "Find it."
    assert (await call(registry, "find", query="x")).content == "x in none"


async def test_a_registered_executor_takes_the_arguments() -> None:
    registry = ToolRegistry()
    registry.register("sum", Tool(name="other"), lambda arguments: sum(arguments["numbers"]))
    assert registry.get_tools()["sum"].name == "sum"
    assert await call(registry, "sum", numbers=[1, 2]) == ToolResult("1", "3")


async def test_an_executor_may_give_a_whole_result() -> None:
    async def fail(arguments: dict[str, Any]) -> ToolResult:
        return ToolResult("", "no", is_error=True)

    registry = ToolRegistry()
    registry.register("fail", Tool(name="fail"), fail)
    assert await call(registry, "fail") == ToolResult("1", "no", is_error=True)


async def test_an_unknown_tool_is_answered_with_the_seeds_sentence() -> None:
    registry = ToolRegistry()
    registry.register_function(search)
    registry.register_function(where)
    result = await call(registry, "X")
    assert result == ToolResult(
        "1", "The tool 'X' is not available. Available tools are: search, where", is_error=True
    )


def test_a_taken_name_is_refused() -> None:
    registry = ToolRegistry()
    registry.register_function(search)
    with pytest.raises(ToolError, match="'search' is already registered"):
        registry.register_function(search)


@pytest.mark.parametrize(
    "name", ["", "a b", "a.b", "é", "x" * 65, "a\n", "set_output", "ask_user", "escalate"]
)
def test_a_name_no_provider_takes_or_the_framework_owns_is_refused(name: str) -> None:
    with pytest.raises(ToolError, match=r"named|belongs"):
        ToolRegistry().register(name, Tool(name="x"), lambda arguments: None)


async def test_session_values_are_filled_in_and_hidden() -> None:
    registry = ToolRegistry()
    registry.register_function(search)
    registry.set_session_context(workspace="w1", unused="u")
    assert registry.get_tools()["search"].parameters["properties"] == {"query": {"type": "string"}}
    assert (await call(registry, "search", query="x", workspace="forged", unused="y")).content == "x in w1"


async def test_the_data_folder_comes_from_the_context_alone(tmp_path: Path) -> None:
    registry = ToolRegistry()
    registry.register_function(where)
    shown = registry.get_tools()["where"].parameters
    assert (shown["properties"], "required" in shown) == ({}, False)
    context = ToolContext(data_dir=tmp_path)
    assert (await call(registry, "where", context, data_dir="/etc")).content == str(tmp_path)
    result = await call(registry, "where", data_dir="/etc")
    assert result.is_error
    assert "needs the run's data folder and this run has none" in result.content


async def test_an_optional_data_folder_may_be_missing() -> None:
    def maybe(data_dir: str | None = None) -> str:
        return str(data_dir)

    registry = ToolRegistry()
    registry.register_function(maybe)
    assert (await call(registry, "maybe", data_dir="/etc")).content == "None"


def test_hiding_leaves_the_registered_schema_as_it_was() -> None:
    schema = {"type": "object", "properties": {"data_dir": {}, "a": {}}, "required": ["data_dir", "a"]}
    registry = ToolRegistry()
    registry.register("t", Tool(name="t", parameters=schema), lambda arguments: None)
    assert registry.get_tools()["t"].parameters == {
        "type": "object",
        "properties": {"a": {}},
        "required": ["a"],
    }
    assert schema["required"] == ["data_dir", "a"]


MODULE = '''
from __future__ import annotations
from dataclasses import dataclass
from framework.tools import tool

@dataclass
class Box:
    size: int

@tool(effect="none")
def double(n: int) -> int:
    """Double a number."""
    return 2 * n

again = double

@tool
async def weigh(box: Box) -> int:
    return box.size

def plain(n: int) -> int:
    return n
'''


async def test_decorated_functions_of_a_file_are_discovered(tmp_path: Path) -> None:
    path = tmp_path / "tools.py"
    path.write_text(MODULE)
    registry = ToolRegistry()
    assert registry.discover_from_module(str(path)) == 2
    assert list(registry.get_tools()) == ["double", "weigh"]
    assert registry.get_tools()["double"].effect is Effect.NONE
    assert (await call(registry, "double", n=4)).content == "8"
    assert (await call(registry, "weigh", box={"size": 3})).content == "3"


async def test_a_tools_dict_of_tools_is_answered_by_the_modules_executor() -> None:
    def tool_executor(use: ToolUse) -> ToolResult:
        return ToolResult(use.id, f"{use.name}({use.input['q']})")

    module = ModuleType("my_tools")
    module.__dict__.update(TOOLS={"find": Tool(name="other", description="Finds."), "look": search})
    module.__dict__["tool_executor"] = tool_executor
    registry = ToolRegistry()
    assert registry.discover_from_module(module) == 2
    assert registry.get_tools()["find"] == Tool(name="find", description="Finds.")
    assert await call(registry, "find", q="x") == ToolResult("1", "find(x)")
    assert (await call(registry, "look", query="x")).content == "x in none"


@pytest.mark.parametrize(
    ("tools", "words"),
    [
        ({"find": Tool(name="find")}, "has nothing to answer it; define tool_executor"),
        ({"find": 3}, "neither a Tool nor a function but int"),
        ([search], "must be a dict"),
    ],
)
def test_a_malformed_tools_dict_is_refused(tools: Any, words: str) -> None:
    module = ModuleType("my_tools")
    module.__dict__["TOOLS"] = tools
    with pytest.raises(ToolError) as caught:
        ToolRegistry().discover_from_module(module)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [("import nowhere_at_all", "ModuleNotFoundError"), ("1 +", "SyntaxError"), (None, "No Python file")],
)
def test_a_file_that_does_not_load_is_refused(tmp_path: Path, text: str | None, words: str) -> None:
    path = tmp_path / "tools.py"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ToolError, match=words):
        ToolRegistry().discover_from_module(path)
