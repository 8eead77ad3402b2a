from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hive.toolbox.search.brave import BraveSearch
from hive.toolbox.search.choice import search_service
from hive.toolbox.search.ddgs import DdgsSearch
from hive.toolbox.search.searxng import SearxngSearch
from hive.toolbox.settings import ToolboxSettings


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({}, DdgsSearch),
        ({"key_of": {"BRAVE_API_KEY": "k" * 20}.get}, BraveSearch),
        ({"searxng_url": "http://127.0.0.1:8888"}, SearxngSearch),
        ({"searxng_url": "http://127.0.0.1:8888", "key_of": {"BRAVE_API_KEY": "k" * 20}.get}, SearxngSearch),
    ],
)
def test_the_operators_own_service_comes_first(said: dict[str, Any], kind: type[object]) -> None:
    assert type(search_service(ToolboxSettings(data_dir=Path("x"), **said))) is kind
