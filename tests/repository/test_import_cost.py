"""Importing the framework loads no provider, server or terminal library."""

import importlib.util
import subprocess
import sys

import pytest

HEAVY = (
    "anthropic",
    "click",
    "fastapi",
    "httpx",
    "httpx2",
    "mcp",
    "openai",
    "pydantic_ai",
    "rich",
    "sqlalchemy",
    "uvicorn",
    "xllamacpp",
)
LIGHT = (
    "framework",
    "framework.config",
    "framework.errors",
    "framework.events",
    "framework.graph",
    "framework.journal",
    "framework.llm",
    "framework.loop",
    "framework.model",
    "framework.packages",
    "framework.runner",
    "framework.runtime",
    "framework.tools",
)


@pytest.mark.parametrize("module", [name for name in LIGHT if importlib.util.find_spec(name)])
def test_importing_a_public_module_loads_no_heavy_library(module: str) -> None:
    code = f"import sys, {module}; print(*({set(HEAVY)!r} & sys.modules.keys()))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []
