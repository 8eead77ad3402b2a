"""A gate lets in whom it names, and nobody of a kind it does not know."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from hive.control.auth.gate import Gate, people_only
from hive.control.domain.roles import KeyScope, Role

STRANGER: Any = SimpleNamespace(role=Role.ADMIN, scopes=frozenset(KeyScope))


@pytest.mark.parametrize("check", [Gate(role=Role.VIEWER, scope=KeyScope.INGEST).check, people_only])
def test_a_kind_of_caller_that_is_not_known_gets_nowhere(check: Any) -> None:
    with pytest.raises(AssertionError):
        check(STRANGER)
