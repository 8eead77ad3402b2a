"""The tools that a Python module offers."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from framework.errors import ToolError
from framework.model.tool import Tool, ToolUse
from framework.tools.calls import invoke
from framework.tools.function_tool import FunctionTool, tool_options

if TYPE_CHECKING:
    from framework.tools.calls import ToolExecutor
    from framework.tools.function_tool import ArgumentsExecutor

FoundTool = tuple[Tool, "ArgumentsExecutor"]


def module_tools(path_or_module: str | Path | ModuleType) -> list[FoundTool]:
    """Return the tools of a module with their executors: its ``TOOLS``, then its decorated functions.

    Raises:
        ToolError: if the module does not load, or says something that is no tool.
    """
    module = path_or_module if isinstance(path_or_module, ModuleType) else _load(Path(path_or_module))
    declared = _declared(module)
    found = [_found(module, name, value) for name, value in declared.items()]
    seen = {id(value) for value in declared.values()}
    for value in vars(module).values():
        if id(value) not in seen and callable(value) and tool_options(value) is not None:
            seen.add(id(value))
            function_tool = FunctionTool(value)
            found.append((function_tool.tool, function_tool.executor))
    return found


def _load(path: Path) -> ModuleType:
    resolved = path.resolve()
    name = f"framework_tools_of_{hashlib.sha256(str(resolved).encode()).hexdigest()[:16]}"
    spec = importlib.util.spec_from_file_location(name, resolved)
    if spec is None or spec.loader is None or not resolved.is_file():
        raise ToolError(f"No Python file with tools is at {str(path)!r}; give the path of a .py file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # type hints of the module's classes are looked up here
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # the boundary of foreign code: a module may raise anything
        del sys.modules[name]
        raise ToolError(
            f"The tools in {str(path)!r} do not load: {type(error).__name__}: {error}. Mend the module."
        ) from error
    return module


def _declared(module: ModuleType) -> dict[str, Any]:
    declared: object = getattr(module, "TOOLS", None)
    if declared is None:
        return {}
    if not isinstance(declared, dict):
        raise ToolError(f"TOOLS of {module.__name__!r} must be a dict of names to tools or functions.")
    return cast("dict[str, Any]", declared)


def _found(module: ModuleType, name: str, value: object) -> FoundTool:
    if isinstance(value, Tool):
        return replace(value, name=name), _module_executor(module, name)
    if callable(value):
        function_tool = FunctionTool(value, name=name)
        return function_tool.tool, function_tool.executor
    raise ToolError(
        f"TOOLS[{name!r}] of {module.__name__!r} is neither a Tool nor a function but {type(value).__name__}."
    )


def _module_executor(module: ModuleType, name: str) -> ArgumentsExecutor:
    executor: ToolExecutor | None = getattr(module, "tool_executor", None)
    if executor is None:
        raise ToolError(
            f"TOOLS[{name!r}] of {module.__name__!r} has nothing to answer it; "
            "define tool_executor(use) in the module or give a function instead of a Tool."
        )

    async def execute(arguments: dict[str, Any]) -> Any:
        return await invoke(executor, ToolUse(id="", name=name, input=arguments))

    return execute
