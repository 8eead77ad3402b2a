"""What the environment says, and which addresses follow from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hive.control.app.settings import load_control_settings, server_addresses
from hive.errors import ControlSetupError
from hive.lobby import Waits


def test_without_settings_everything_is_embedded(tmp_path: Path) -> None:
    settings = load_control_settings({"HIVE_HOME": str(tmp_path)})
    assert (settings.database_url, settings.redis_url, settings.signing_keys) == (None, None, None)
    assert (settings.home, settings.is_sign_up_open) == (tmp_path, True)
    assert settings.waits == Waits()


def test_how_long_requests_are_waited_for_can_be_set() -> None:
    variables = {
        "HIVE_HEAD_SECONDS": "5", "HIVE_BODY_SECONDS": " 600 ",
        "HIVE_MOST_WAITING": "1000", "HIVE_MOST_CONNECTIONS": "20000",
    }  # fmt: skip
    assert load_control_settings(variables).waits == Waits(head_s=5, body_s=600, most=1000, most_open=20_000)


def test_lists_are_read_and_secrets_are_not_shown() -> None:
    settings = load_control_settings(
        {
            "HIVE_ALLOWED_HOSTS": " a.example, b.example ,",
            "HIVE_DATABASE_URL": "postgresql://o:hush@h/d",
            "HIVE_SIGNING_KEYS": "k:hush",
            "HIVE_REDIS_URL": "redis://:hush@h",
            "HIVE_TRUSTED_PROXIES": "10.0.0.1, fd00::/8",
            "HIVE_SIGN_UP": "closed",
            "HIVE_POSTGRES_FOLDER": "/somewhere",
        }
    )
    assert settings.allowed_hosts == ("a.example", "b.example")
    assert settings.trusted_proxies == ("10.0.0.1", "fd00::/8")
    assert "hush" not in repr(settings)
    assert (settings.is_sign_up_open, settings.postgres_folder) == (False, Path("/somewhere"))


@pytest.mark.parametrize(
    "variables",
    [
        {"HIVE_SIGN_UP": "maybe"},
        {"HIVE_ALLOWED_ORIGINS": "https://a, *"},
        {"HIVE_TRUSTED_PROXIES": "*"},
        {"HIVE_TRUSTED_PROXIES": "10.0.0.1, 0.0.0.0/0"},
        {"HIVE_TRUSTED_PROXIES": "proxy.example"},
        {"HIVE_TRUSTED_PROXIES": "10.0.0.1/8"},
        {"HIVE_BODY_SECONDS": "0"},
        {"HIVE_HEAD_SECONDS": "1.5"},
        {"HIVE_MOST_WAITING": "-1"},
        {"HIVE_MOST_CONNECTIONS": "1000001"},
    ],
)
def test_what_cannot_be_used_is_refused(variables: dict[str, str]) -> None:
    with pytest.raises(ControlSetupError, match=next(iter(variables))):
        load_control_settings(variables)


@pytest.mark.parametrize(
    ("variables", "owner", "app", "is_owner_known"),
    [
        (
            {"HIVE_DATABASE_URL": "postgresql://boss:pw@db:6543/hive?sslmode=require"},
            "postgresql://boss:pw@db:6543/hive?sslmode=require",
            "user=hive_app password=p/w dbname=hive host=db port=6543 sslmode=require",
            True,
        ),
        (
            {"HIVE_DATABASE_URL": "postgres://boss@[::1]/hive"},
            "postgres://boss@[::1]/hive",
            "user=hive_app dbname=hive host=::1 password=p/w",
            True,
        ),
        ({"HIVE_DATABASE_URL": "postgresql://hive_app:x@db/h"}, "", "postgresql://hive_app:x@db/h", False),
        (
            {
                "HIVE_DATABASE_URL": "postgresql://hive_app:x@pool/h",
                "HIVE_DATABASE_OWNER_URL": "postgresql://boss@db/h",
            },
            "postgresql://boss@db/h",
            "postgresql://hive_app:x@pool/h",
            True,
        ),
    ],
)
def test_the_application_always_comes_as_its_own_role(
    variables: dict[str, str], owner: str, app: str, is_owner_known: bool
) -> None:
    assert server_addresses(load_control_settings(variables), "p/w") == ((owner, app), is_owner_known)


def test_a_host_with_a_star_in_the_middle_is_refused() -> None:
    with pytest.raises(ControlSetupError, match=r"HIVE_ALLOWED_HOSTS holds 'a\.\*\.example'"):
        load_control_settings({"HIVE_ALLOWED_HOSTS": "*.example, a.*.example"})


@pytest.mark.parametrize(
    "url",
    ["mysql://a@b/c", "postgresql://db/h", "nonsense", "postgresql://a@[::1/h", "postgresql://a:b%zz@h/d"],
)
def test_an_address_that_is_none_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ControlSetupError, match="HIVE_DATABASE_URL cannot be used") as caught:
        server_addresses(load_control_settings({"HIVE_DATABASE_URL": url}), "x")
    assert url not in str(caught.value)


@pytest.mark.parametrize(
    "name", ["HIVE_DATABASE_URL", "HIVE_DATABASE_OWNER_URL", "HIVE_DATABASE_REPLICA_URL"]
)
@pytest.mark.parametrize(
    "url", ["postgresql://hive_app:topsec%zzret@localhost:1/x", "topsec=foo", "nonsense-topsec"]
)
def test_every_address_of_a_database_is_checked_before_it_is_used(name: str, url: str) -> None:
    with pytest.raises(ControlSetupError, match=rf"^{name} cannot be used; .* %25") as caught:
        load_control_settings({name: url})
    assert "topsec" not in str(caught.value)
    assert caught.value.__cause__ is None
