"""Requests go to the provider of the model they name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from framework.config import RuntimeConfig
from framework.errors import MissingCredentialError, ModelNotFoundError
from framework.llm.base import ModelRequest, collect
from framework.model.message import Message, Role
from framework.runner.models import ModelRouter
from framework.settings import Settings, load_settings
from tests.support.model_service import ModelService, serving

if TYPE_CHECKING:
    from pathlib import Path

HELLO = ModelRequest(messages=[Message(Role.USER, "hello")])
END = {"choices": [{"delta": {"content": "hi"}, "finish_reason": "stop"}]}


@pytest.fixture
async def service():
    async with serving() as running:
        yield running


def router(service: ModelService, tmp_path: Path, **options: float) -> ModelRouter:
    settings = Settings(home=tmp_path, api_base=service.base, api_key="k")
    return ModelRouter("openai/first", settings=settings, **options)


async def test_a_request_without_a_model_goes_to_the_default(service: ModelService, tmp_path: Path) -> None:
    service.streams(END)

    await collect(router(service, tmp_path), HELLO)

    assert service.body["model"] == "first"


async def test_a_request_may_name_another_model(service: ModelService, tmp_path: Path) -> None:
    service.streams(END)

    await collect(router(service, tmp_path), replace(HELLO, model="openai/second"))

    assert service.body["model"] == "second"


@pytest.mark.parametrize(("said", "sent"), [(None, 0.25), (0.9, 0.9)])
async def test_the_temperature_fills_requests_that_say_none(
    service: ModelService, tmp_path: Path, said: float | None, sent: float
) -> None:
    service.streams(END)

    await collect(router(service, tmp_path, temperature=0.25), replace(HELLO, temperature=said))

    assert service.body["temperature"] == sent


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ("local/none-such", ModelNotFoundError),
        ("none-such.gguf", ModelNotFoundError),
        ("odd", ModelNotFoundError),
        ("openai/x", MissingCredentialError),
    ],
)
def test_what_is_missing_shows_when_models_are_prepared(
    tmp_path: Path, model: str, kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        ModelRouter(model, settings=Settings(home=tmp_path)).prepare([model])


def test_the_key_of_a_vendor_is_found_where_it_is_looked_for(tmp_path: Path) -> None:
    keys = {"ANTHROPIC_API_KEY": "k"}
    router = ModelRouter("anthropic/x", settings=Settings(home=tmp_path), find_key=keys.get)

    router.prepare(["anthropic/x", "anthropic/y"])

    with pytest.raises(MissingCredentialError, match="GROQ_API_KEY"):
        router.prepare(["groq/x"])


def test_a_key_of_the_settings_does_not_go_to_an_address_of_the_package(tmp_path: Path) -> None:
    known = Settings(home=tmp_path, api_key="mine")
    config = RuntimeConfig(model="m", api_key="mine", api_base="http://elsewhere/v1")

    applied = config.applied_to(known)

    assert (applied.api_base, applied.api_key) == ("http://elsewhere/v1", None)


def test_a_key_of_the_package_goes_to_its_address(tmp_path: Path) -> None:
    config = RuntimeConfig(model="m", api_key="theirs", api_base="http://elsewhere/v1")

    assert config.applied_to(Settings(home=tmp_path, api_key="mine")).api_key == "theirs"


def test_a_configuration_reads_the_settings_and_hides_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIVE_MODEL", "openai/one")
    monkeypatch.setenv("HIVE_API_KEY", "secret")

    config = RuntimeConfig(max_tokens=5)

    assert (config.model, config.temperature, config.max_tokens, config.api_key) == (
        "openai/one",
        0.7,
        5,
        "secret",
    )
    assert "secret" not in repr(config)


def test_a_configuration_reads_its_numbers_from_the_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HIVE_HOME", str(tmp_path))
    (tmp_path / "configuration.json").write_text('{"temperature": 0.1, "max_tokens": 900}')
    monkeypatch.setenv("HIVE_TEMPERATURE", "0.3")

    assert (RuntimeConfig().temperature, RuntimeConfig().max_tokens) == (0.3, 900)
    assert RuntimeConfig("m", 0.0, 5).max_tokens == 5
    of_settings = RuntimeConfig.of(load_settings())
    assert (of_settings.temperature, of_settings.max_tokens) == (0.3, 900)
