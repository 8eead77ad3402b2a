"""A model's name decides which provider runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from framework.errors import MissingCredentialError, ModelNotFoundError
from framework.llm.local import LocalProvider
from framework.llm.openai_compatible import OPENAI_BASE, OpenAICompatibleProvider
from framework.llm.resolve import default_model, provider_for
from framework.settings import Settings

HOME = Path("/home/bee/.hive")
NOTHING = Settings(home=HOME)
WITH_KEY = Settings(home=HOME, api_key="k")
WITH_BASE = Settings(home=HOME, api_base="http://127.0.0.1:9/v1")


def test_the_default_is_the_configured_model_else_what_works_here():
    assert default_model(Settings(home=HOME, model="m", api_key="k")) == "m"
    assert default_model(WITH_KEY) == "openai/gpt-4o-mini"
    assert default_model(NOTHING) == "local/smollm2"


@pytest.mark.parametrize("name", ["local/smollm2", "local//abs/w.gguf", "/abs/w.gguf", ""])
def test_local_names_and_paths_run_in_this_process(name):
    assert isinstance(provider_for(name, settings=NOTHING), LocalProvider)


def test_local_names_stay_local_when_an_address_is_configured():
    assert isinstance(provider_for("local/smollm2", settings=WITH_BASE), LocalProvider)


def test_openai_names_go_to_openai():
    provider = provider_for("openai/gpt-4o-mini", settings=WITH_KEY)

    assert isinstance(provider, OpenAICompatibleProvider)
    assert provider.model == "gpt-4o-mini"
    assert OPENAI_BASE in repr(provider)


@pytest.mark.parametrize(
    ("name", "model"), [("qwen3:4b", "qwen3:4b"), ("meta/l", "meta/l"), ("openai/x", "x")]
)
def test_a_configured_address_takes_every_other_name_without_a_key(name, model):
    provider = provider_for(name, settings=WITH_BASE)

    assert provider.model == model
    assert "127.0.0.1:9" in repr(provider)


def test_an_unknown_name_is_refused_with_the_known_forms():
    with pytest.raises(ModelNotFoundError, match=r"'gpt-4o'.*local/NAME.*openai/NAME.*HIVE_API_BASE"):
        provider_for("gpt-4o", settings=WITH_KEY)


def test_a_missing_key_is_refused_with_the_variables_to_set():
    with pytest.raises(MissingCredentialError, match="HIVE_API_KEY or OPENAI_API_KEY"):
        provider_for("openai/gpt-4o", settings=NOTHING)


def test_neither_the_http_client_nor_the_local_engine_loads_with_the_package():
    heavy = "('httpx', 'xllamacpp')"
    code = f"import sys, framework.llm.resolve; print([name for name in {heavy} if name in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
