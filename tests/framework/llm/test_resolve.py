"""A model's name decides which provider runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from framework.credentials import CredentialStore
from framework.errors import MissingCredentialError, ModelNotFoundError
from framework.llm import LiteLLMProvider
from framework.llm.local import LocalProvider
from framework.llm.resolve import default_model, provider_for
from framework.settings import Settings

HOME = Path("/home/bee/.hive")
NOTHING = Settings(home=HOME)
WITH_KEY = Settings(home=HOME, api_key="k")
WITH_BASE = Settings(home=HOME, api_base="http://127.0.0.1:9/v1")
NO_KEYS = {}.get


def test_the_default_is_the_configured_model_else_what_works_here():
    assert default_model(Settings(home=HOME, model="m", api_key="k")) == "m"
    assert default_model(WITH_KEY) == "openai/gpt-4o-mini"
    assert default_model(NOTHING) == "local/smollm2"


@pytest.mark.parametrize(
    ("variable", "start"),
    [
        ("OPENAI_API_KEY", "openai/"),
        ("ANTHROPIC_API_KEY", "anthropic/"),
        ("GEMINI_API_KEY", "gemini/"),
        ("GOOGLE_API_KEY", "gemini/"),
        ("GROQ_API_KEY", "groq/"),
        ("MISTRAL_API_KEY", "mistral/"),
    ],
)
def test_the_key_of_a_vendor_decides_the_default_and_runs_it(variable, start):
    keys = {variable: "k"}.get

    name = default_model(NOTHING, find_key=keys)

    assert name.startswith(start)
    assert provider_for("", settings=NOTHING, find_key=keys).model == name


def test_a_key_in_the_store_is_found(tmp_path):
    CredentialStore(tmp_path).set("GROQ_API_KEY", "stored-key")
    settings = Settings(home=tmp_path)

    assert default_model(settings).startswith("groq/")
    assert provider_for("", settings=settings)._key == "stored-key"


def test_a_store_that_cannot_be_read_decides_nothing(tmp_path):
    (tmp_path / "credentials.json").write_text("damaged")

    assert default_model(Settings(home=tmp_path)) == "local/smollm2"


@pytest.mark.parametrize("name", ["local/smollm2", "local//abs/w.gguf", "/abs/w.gguf", ""])
def test_local_names_and_paths_run_in_this_process(name):
    assert isinstance(provider_for(name, settings=NOTHING), LocalProvider)


def test_local_names_stay_local_when_an_address_is_configured():
    assert isinstance(provider_for("local/smollm2", settings=WITH_BASE), LocalProvider)


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("openai/gpt-4o-mini", "https://api.openai.com/v1"),
        ("anthropic/claude", "https://api.anthropic.com"),
        ("gemini/flash", "https://generativelanguage.googleapis.com"),
        ("google/flash", "https://generativelanguage.googleapis.com"),
        ("groq/openai/gpt-oss-20b", "https://api.groq.com"),
        ("mistral/small", "https://api.mistral.ai"),
        ("ollama/llama3.2", "http://localhost:11434/v1"),
    ],
)
def test_a_name_goes_to_the_service_it_begins_with(name, address):
    provider = provider_for(name, settings=WITH_KEY)

    assert isinstance(provider, LiteLLMProvider)
    assert repr(provider) == f"LiteLLMProvider({name!r}, api_base={address!r})"


def test_ollama_needs_no_key_and_is_sent_none():
    assert provider_for("ollama/x", settings=WITH_KEY)._key == ""


@pytest.mark.parametrize(
    ("name", "known_as"),
    [
        ("qwen3:4b", "qwen3:4b"),
        ("meta/l", "meta/l"),
        ("openai/x", "x"),
        ("ollama/x", "x"),
        ("anthropic/x", "anthropic/x"),
    ],
)
def test_a_configured_address_takes_every_other_name_without_a_key(name, known_as):
    provider = provider_for(name, settings=WITH_BASE, find_key={"ANTHROPIC_API_KEY": "k"}.get)

    assert provider._name(provider.model) == known_as
    assert provider._key == ""
    assert "127.0.0.1:9" in repr(provider)


def test_an_unknown_name_is_refused_with_the_known_forms():
    with pytest.raises(ModelNotFoundError, match=r"'gpt-4o'.*local/NAME.*openai/NAME.*HIVE_API_BASE"):
        provider_for("gpt-4o", settings=WITH_KEY)


def test_a_missing_key_is_refused_with_the_ways_to_give_it():
    with pytest.raises(MissingCredentialError, match="HIVE_API_KEY or OPENAI_API_KEY, or run: hive cred"):
        provider_for("openai/gpt-4o", settings=NOTHING, find_key=NO_KEYS)


def test_no_library_loads_before_a_model_is_asked():
    heavy = "('httpx', 'httpx2', 'openai', 'pydantic_ai', 'xllamacpp')"
    code = (
        "import sys; from pathlib import Path; from framework.llm import resolve, LiteLLMProvider; "
        "LiteLLMProvider('openai/m', 'k'); "
        f"print([name for name in {heavy} if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
