"""Which search service the settings ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hive.toolbox.search.brave import BraveSearch
from hive.toolbox.search.ddgs import DdgsSearch
from hive.toolbox.search.searxng import SearxngSearch

if TYPE_CHECKING:
    from hive.toolbox.search.base import SearchService
    from hive.toolbox.settings import ToolboxSettings


def search_service(settings: ToolboxSettings) -> SearchService:
    """Return the operator's own SearXNG if configured, else Brave with a key, else the keyless library."""
    if settings.searxng_url is not None:
        return SearxngSearch(settings.searxng_url, timeout_s=settings.fetch_timeout_s)
    key = settings.brave_key
    if key is not None:
        return BraveSearch(key, timeout_s=settings.fetch_timeout_s)
    return DdgsSearch(timeout_s=settings.fetch_timeout_s)
