"""The tools that a server offers under its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from framework.tools.data import register_data_tools
from framework.tools.registry import ToolRegistry
from hive.toolbox.csv_tools import CsvTools
from hive.toolbox.fetch_guard import resolve_by_system
from hive.toolbox.file_tools import FileTools
from hive.toolbox.web_tools import WebTools

if TYPE_CHECKING:
    from hive.toolbox.fetch_guard import Resolver
    from hive.toolbox.settings import ToolboxSettings

OPEN_WORLD = frozenset({"web_search", "web_search_tool", "web_scrape"})
"""Tools that reach beyond this machine."""

REPLACING = frozenset({"save_data", "edit_data", "write_text_file", "csv_write"})
"""Tools that may replace what was there; the others that write only add."""


def toolbox_registry(settings: ToolboxSettings, resolve: Resolver = resolve_by_system) -> ToolRegistry:
    """Return the web and data tools, and with a root folder the file and CSV tools."""
    registry = ToolRegistry()
    web = WebTools(lambda: settings, resolve)
    registry.register_function(web.web_search)
    registry.register_function(web.web_search, name="web_search_tool")
    registry.register_function(web.web_scrape)
    register_data_tools(registry)
    if settings.root is not None:
        files, tables = FileTools(lambda: settings), CsvTools(lambda: settings)
        for function in (
            files.list_files,
            files.read_text_file,
            files.write_text_file,
            files.append_text_file,
            tables.csv_read,
            tables.csv_write,
            tables.csv_append,
        ):
            registry.register_function(function)
    return registry
