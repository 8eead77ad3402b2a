"""What every source of credentials does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from framework.credentials import (
    CredentialChain,
    CredentialStore,
    EnvironmentCredentials,
    MemoryCredentials,
    TrackedCredentials,
)
from framework.errors import CredentialError

if TYPE_CHECKING:
    from pathlib import Path

    from framework.credentials import Credentials

VALUE = "s3cret-välue"


@pytest.fixture(params=["memory", "environment", "store", "chain", "tracked"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Credentials:
    store = CredentialStore(tmp_path, environ={})
    store.set("API_KEY", VALUE)
    values = {"API_KEY": VALUE, "EMPTY": ""}
    return {
        "memory": MemoryCredentials(values),
        "environment": EnvironmentCredentials(values),
        "store": store,
        "chain": CredentialChain({"nothing": MemoryCredentials(), "store": store}),
        "tracked": TrackedCredentials(MemoryCredentials(values)),
    }[request.param]


def test_gives_a_value_by_name(source: Credentials) -> None:
    assert source.get("API_KEY") == VALUE


def test_gives_the_same_value_again(source: Credentials) -> None:
    assert source.get("API_KEY") == source.get("API_KEY")


@pytest.mark.parametrize("name", ["OTHER_KEY", "EMPTY"])
def test_gives_none_for_what_it_lacks(source: Credentials, name: str) -> None:
    assert source.get(name) is None


@pytest.mark.parametrize("name", ["api_key", "", "A-B", "9A", "A" * 129, "API_KEY\n", "../KEY", "sk-12345"])
def test_refuses_a_malformed_name_without_repeating_it(source: Credentials, name: str) -> None:
    with pytest.raises(CredentialError, match="capital letter") as caught:
        source.get(name)

    assert not name or repr(name) not in str(caught.value)


def test_its_representation_says_no_value(source: Credentials) -> None:
    source.get("API_KEY")

    assert VALUE not in repr(source)
