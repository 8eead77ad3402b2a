"""Settings come from the environment, then the file, and never show the key."""

from __future__ import annotations

from pathlib import Path

import pytest

from framework.errors import SettingsError
from framework.settings import home, load_settings

SECRET = "sk-very-secret"


def configured(folder: Path, text: str, **environ: str) -> dict[str, str]:
    (folder / "configuration.json").write_text(text, encoding="utf-8")
    return {"HIVE_HOME": str(folder), **environ}


def test_home_is_the_variable_expanded_or_a_folder_of_the_person():
    assert home({"HIVE_HOME": "~/bees"}) == Path("~/bees").expanduser()
    assert home({"HIVE_HOME": " "}) == Path("~/.hive").expanduser()
    assert home({"HIVE_HOME": "bees"}) == Path.cwd() / "bees"


def test_home_reads_the_environment_of_the_process(monkeypatch, tmp_path):
    monkeypatch.setenv("HIVE_HOME", str(tmp_path))
    monkeypatch.setenv("HIVE_MODEL", "local/smollm2")

    assert home() == tmp_path
    assert load_settings().model == "local/smollm2"
    assert load_settings().models == tmp_path / "models"


def test_without_a_file_nothing_is_said(tmp_path):
    settings = load_settings({"HIVE_HOME": str(tmp_path)})

    assert (settings.model, settings.api_key, settings.api_base) == (None, None, None)


def test_the_environment_wins_over_the_file(tmp_path):
    environ = configured(tmp_path, '{"model": "from-file", "api_key": "k"}', HIVE_MODEL="from-env")

    settings = load_settings(environ)

    assert (settings.model, settings.api_key) == ("from-env", "k")


def test_the_file_wins_over_the_variables_of_the_vendor(tmp_path):
    environ = configured(
        tmp_path, '{"api_key": "own"}', OPENAI_API_KEY="vendor", OPENAI_BASE_URL="https://v/v1/"
    )

    settings = load_settings(environ)

    assert (settings.api_key, settings.api_base) == ("own", "https://v/v1")


def test_the_vendors_key_is_not_sent_to_another_address(tmp_path):
    environ = {"HIVE_HOME": str(tmp_path), "OPENAI_API_KEY": SECRET, "HIVE_API_BASE": "http://127.0.0.1:1/v1"}

    assert load_settings(environ).api_key is None


def test_the_vendors_key_goes_with_the_vendors_address_alone(tmp_path):
    environ = {"HIVE_HOME": str(tmp_path), "OPENAI_API_KEY": SECRET}

    assert load_settings(environ).api_key is None
    assert load_settings({**environ, "OPENAI_BASE_URL": "https://v/v1"}).api_key == SECRET


def test_the_key_is_hidden_in_the_repr(tmp_path):
    settings = load_settings({"HIVE_HOME": str(tmp_path), "HIVE_API_KEY": SECRET})

    assert settings.api_key == SECRET
    assert SECRET not in repr(settings)


def test_unknown_keys_are_kept_for_the_caller_to_report(tmp_path):
    assert load_settings(configured(tmp_path, '{"modle": "x", "temperature": 0.2}')).unknown == ("modle",)


def test_broken_json_names_the_file_and_the_line_and_not_the_key(tmp_path):
    environ = configured(tmp_path, f'{{\n  "api_key": "{SECRET}"\n  "model": "x"\n}}')

    with pytest.raises(SettingsError, match=r"configuration\.json' is not valid JSON at line 3") as caught:
        load_settings(environ)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_value_of_the_wrong_type_names_its_line(tmp_path):
    with pytest.raises(SettingsError, match=r"line 2: 'model' must be text"):
        load_settings(configured(tmp_path, '{\n"model": 3}'))


@pytest.mark.parametrize("text", ["[]", '"x"', "3"])
def test_a_file_that_is_no_object_is_refused(tmp_path, text):
    with pytest.raises(SettingsError, match="must hold one JSON object"):
        load_settings(configured(tmp_path, text))


def test_an_unreadable_file_is_refused(tmp_path):
    (tmp_path / "configuration.json").write_bytes(b"\xff\xfe\xff")

    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings({"HIVE_HOME": str(tmp_path)})


@pytest.mark.parametrize(
    "address",
    [
        "ftp://host",
        "host/v1",
        f"https://me:{SECRET}@host/v1",
        "http://[::1",
        "https://",
        "http://127.0.0.1:99999/v1",
        "http://127.0.0.1:0/v1",
        "http://127.0.0.1:port/v1",
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_repeating_it(tmp_path, address):
    with pytest.raises(SettingsError, match="API address") as caught:
        load_settings({"HIVE_HOME": str(tmp_path), "HIVE_API_BASE": address})
    assert SECRET not in str(caught.value)


def test_numbers_come_from_the_file_and_the_environment_wins(tmp_path):
    environ = configured(tmp_path, '{"temperature": 0.2, "max_tokens": 900}', HIVE_MAX_TOKENS="1200")

    settings = load_settings(environ)

    assert (settings.temperature, settings.max_tokens) == (0.2, 1200)
    assert load_settings({**environ, "HIVE_TEMPERATURE": "0"}).temperature == 0
    assert load_settings({"HIVE_HOME": str(tmp_path / "none")}).temperature is None


@pytest.mark.parametrize("value", ['"warm"', "-1", "true", "[]"])
def test_a_temperature_of_the_file_that_is_none_names_its_line(tmp_path, value):
    with pytest.raises(SettingsError, match=r"line 2: 'temperature' must be a number from 0 on"):
        load_settings(configured(tmp_path, f'{{\n"temperature": {value}}}'))


@pytest.mark.parametrize("value", ["many", "0", "-3", "1.5", "inf", "nan"])
def test_a_number_of_tokens_that_is_none_names_its_variable(tmp_path, value):
    with pytest.raises(SettingsError, match="HIVE_MAX_TOKENS must be a whole number from 1 on"):
        load_settings({"HIVE_HOME": str(tmp_path), "HIVE_MAX_TOKENS": value})


@pytest.mark.parametrize(
    ("address", "missing"),
    [
        ("postgresql://", "no host and no database"),
        ("postgresql://me:s3cret@/", "no host and no database"),
        ("postgresql://me:s3cret@:5432/hive", "no host"),
        ("postgres://localhost", "no database"),
        ("postgresql://localhost/?sslmode=require", "no database"),
    ],
)
def test_a_database_without_a_host_or_a_name_is_refused(tmp_path, address, missing):
    with pytest.raises(SettingsError, match=f"names {missing}; write it as") as refused:
        load_settings({"HIVE_HOME": str(tmp_path), "HIVE_JOURNAL_URL": address})
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me@localhost:5432/hive",
        "postgresql://[::1]/hive",
        "postgresql://me:@/hive?host=/tmp/socket",
        "postgresql:///?host=a,b&dbname=hive",
        "postgresql://?service=runs",
    ],
)
def test_a_database_may_be_named_in_every_way_of_the_driver(tmp_path, address):
    settings = load_settings({"HIVE_HOME": str(tmp_path), "HIVE_JOURNAL_URL": address})
    assert settings.journal_url == address
