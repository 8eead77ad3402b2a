from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from framework.credentials import CredentialChain, MemoryCredentials
from framework.packages import AgentPackage, load_package
from framework.runtime.entry_point import EntryPointSpec
from framework.settings import Settings
from hive.credential_needs import Need, needs_of
from tests.support.cli_packages import write_package

if TYPE_CHECKING:
    from pathlib import Path

AGENT = """\
nodes = [
    NodeSpec(id="a", model="anthropic/claude-haiku-4-5", output_keys=["x"], system_prompt="Say."),
    NodeSpec(id="b", model="gemini/gemini-3.5-flash-lite", input_keys=["x"], output_keys=["y"]),
    NodeSpec(id="c", model="local/smollm2", input_keys=["y"], output_keys=["z"], system_prompt="Say."),
]
edges = [
    EdgeSpec(id="ab", source="a", target="b", condition=EdgeCondition.ON_SUCCESS),
    EdgeSpec(id="bc", source="b", target="c", condition=EdgeCondition.ON_SUCCESS),
]
entry_node = "a"
terminal_nodes = ["c"]
"""


@pytest.fixture
def package(tmp_path: Path) -> AgentPackage:
    return load_package(write_package(tmp_path, "modelled", AGENT), settings=Settings(home=tmp_path))


def needs(
    package: AgentPackage, settings: Settings | None = None, **values: str
) -> list[tuple[str, str | None]]:
    chain = CredentialChain({"store": MemoryCredentials(values)})
    found: list[Need] = needs_of(package, settings or Settings(home=package.path), chain)
    return [(need.name, need.origin) for need in found]


def test_models_need_the_keys_of_their_vendors(package: AgentPackage) -> None:
    assert needs(package) == [("ANTHROPIC_API_KEY", None), ("GEMINI_API_KEY", None)]


def test_any_of_a_vendors_names_will_do(package: AgentPackage) -> None:
    found = needs(package, ANTHROPIC_API_KEY="some key", GOOGLE_API_KEY="some key")

    assert found == [("ANTHROPIC_API_KEY", "store"), ("GOOGLE_API_KEY", "store")]


def test_a_configured_key_stands_for_the_vendors(package: AgentPackage) -> None:
    assert (
        needs(package, Settings(home=package.path, api_key="some key")) == [("HIVE_API_KEY", "settings")] * 2
    )


def test_a_service_of_ones_own_needs_no_vendors_key(package: AgentPackage) -> None:
    assert needs(package, Settings(home=package.path, api_base="http://localhost:1/v1")) == []


def test_webhooks_need_the_credential_that_signs_them(package: AgentPackage) -> None:
    hook = EntryPointSpec(
        id="orders",
        name="Orders",
        entry_node="a",
        trigger_type="webhook",
        trigger_config={"path": "/hooks/orders", "secret": "ORDERS_SECRET"},
    )
    timer = EntryPointSpec(id="daily", name="Daily", entry_node="a", trigger_type="timer")
    settings = Settings(home=package.path, api_base="http://localhost:1/v1")

    assert needs(replace(package, triggers=(hook, timer)), settings) == [("ORDERS_SECRET", None)]
