"""Tools for agents: web search, pages, files and tables, in process or as an MCP server.

An agent's ``tools.py`` imports what it wants and so offers it:
``from hive.toolbox import web_search, web_scrape``. The server is
``python -m hive.toolbox --stdio``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hive.toolbox.in_process import (
        append_text_file,
        csv_append,
        csv_read,
        csv_write,
        list_files,
        read_text_file,
        web_scrape,
        web_search,
        write_text_file,
    )

__all__ = [
    "web_search",
    "web_scrape",
    "list_files",
    "read_text_file",
    "write_text_file",
    "append_text_file",
    "csv_read",
    "csv_write",
    "csv_append",
]


def __getattr__(name: str) -> object:
    """Load the tools when the first one is asked for: they bring an HTTP library along."""
    if name in __all__:
        return getattr(import_module("hive.toolbox.in_process"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
