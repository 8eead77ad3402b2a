"""No statement of the application's role, however it is written, reaches a row of another team."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.support.grounds import GROUNDS
from tests.support.isolation import hunt, populate

if TYPE_CHECKING:
    from collections.abc import Callable

PROBES = int(os.environ.get("HIVE_CHAOS_SQL_PROBES", "6000"))
pytestmark = pytest.mark.timeout(3600)


@pytest.mark.parametrize("name", GROUNDS)
def test_no_row_of_another_team_is_reached(name: str, tally: Callable[..., None]) -> None:
    with GROUNDS[name]() as places:
        tried, leaks = hunt(populate(places), PROBES // len(GROUNDS), seed=len(name))
    tally("raw SQL across teams", probes=tried, leaks=len(leaks))
    assert leaks == []
