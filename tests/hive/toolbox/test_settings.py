from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from framework.errors import SettingsError
from hive.toolbox.addresses import AllowedTargets
from hive.toolbox.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path


def test_nothing_said_is_safe(tmp_path: Path) -> None:
    settings = load_settings({"HIVE_HOME": str(tmp_path)})

    assert (settings.root, settings.searxng_url, settings.brave_key) == (None, None, None)
    assert settings.data_dir == tmp_path / "toolbox"
    assert settings.allowed == AllowedTargets()


def test_everything_said_is_kept(tmp_path: Path) -> None:
    settings = load_settings(
        {
            "HIVE_HOME": str(tmp_path),
            "HIVE_TOOLBOX_ROOT": str(tmp_path / "root"),
            "HIVE_DATA_DIR": str(tmp_path / "data"),
            "HIVE_ALLOW_PRIVATE_URLS": "1",
            "HIVE_SEARXNG_URL": " http://127.0.0.1:8888/ ",
            "BRAVE_API_KEY": "brave-key-0123456789",
            "HIVE_FETCH_TIMEOUT_S": "2.5",
            "HIVE_FETCH_MAX_BYTES": "5000",
        }
    )

    assert (settings.root, settings.data_dir) == (tmp_path / "root", tmp_path / "data")
    assert settings.allowed.is_private_allowed
    assert settings.searxng_url == "http://127.0.0.1:8888"
    assert settings.brave_key == "brave-key-0123456789"
    assert (settings.fetch_timeout_s, settings.fetch_max_bytes) == (2.5, 5000)
    assert "0123456789" not in repr(settings)


def test_keys_come_from_the_given_credentials(tmp_path: Path) -> None:
    stored = {"BRAVE_API_KEY": "from-the-store"}
    settings = load_settings(
        {"HIVE_HOME": str(tmp_path), "BRAVE_API_KEY": "from-the-environment"}, stored.get
    )

    assert settings.brave_key == "from-the-store"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HIVE_SEARXNG_URL", "127.0.0.1:8888"),
        ("HIVE_SEARXNG_URL", "ftp://x"),
        ("HIVE_SEARXNG_URL", "http://user:secret@x"),
        ("HIVE_SEARXNG_URL", "http://["),
        ("HIVE_ALLOW_PRIVATE_URLS", "everything please"),
        ("HIVE_FETCH_TIMEOUT_S", "soon"),
        ("HIVE_FETCH_TIMEOUT_S", "0"),
        ("HIVE_FETCH_TIMEOUT_S", "nan"),
        ("HIVE_FETCH_TIMEOUT_S", "inf"),
        ("HIVE_FETCH_MAX_BYTES", "-1"),
        ("HIVE_FETCH_MAX_BYTES", "1e12"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name) as caught:
        load_settings({"HIVE_HOME": str(tmp_path), name: value})
    assert "secret" not in str(caught.value)


def test_given_folders_win(tmp_path: Path) -> None:
    settings = load_settings({"HIVE_HOME": str(tmp_path), "HIVE_TOOLBOX_ROOT": "/said"})
    assert settings.with_folders(root=tmp_path, data_dir=None).root == tmp_path
    assert str(settings.with_folders(root=None, data_dir=tmp_path).root) == "/said"
