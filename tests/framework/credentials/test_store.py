from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from framework.credentials import CredentialStore
from framework.durable_file import locked
from framework.errors import CredentialError

GOLDEN = Path(__file__).parents[2] / "golden" / "credentials-v1"
VALUE = "a value to keep"
MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def store_in(folder: Path, **environ: str) -> CredentialStore:
    return CredentialStore(folder, environ=environ, now=lambda: MOMENT)


def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    store_in(tmp_path / "home").set("API_KEY", VALUE)

    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "home").iterdir()}

    assert modes == dict.fromkeys(("credentials.json", "credentials.key", "credentials.lock"), 0o600)


def test_no_file_holds_the_value(tmp_path: Path) -> None:
    store_in(tmp_path).set("API_KEY", VALUE)

    assert all(VALUE.encode() not in path.read_bytes() for path in tmp_path.iterdir())


def test_lists_names_and_times(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.set("SECOND", VALUE)
    store.set("FIRST", VALUE)

    assert [(item.name, item.created_at) for item in store.list()] == [("FIRST", MOMENT), ("SECOND", MOMENT)]


def test_a_value_set_again_takes_the_place_of_the_first(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.set("API_KEY", VALUE)
    store.set("API_KEY", "another")

    assert (store.get("API_KEY"), len(store.list())) == ("another", 1)


def test_removes_and_says_whether_it_was_there(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.set("API_KEY", VALUE)

    assert (store.remove("API_KEY"), store.remove("API_KEY"), store.get("API_KEY")) == (True, False, None)


def test_asking_and_removing_in_vain_write_nothing(tmp_path: Path) -> None:
    store = store_in(tmp_path / "home")

    assert (store.get("API_KEY"), store.remove("API_KEY"), store.list(), store.check()) == (
        None,
        False,
        (),
        0,
    )
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("value", ["", "abc", "  a  ", "x" * 65_537, "lone \ud800 half"])
def test_refuses_a_value_that_cannot_be_kept(tmp_path: Path, value: str) -> None:
    with pytest.raises(CredentialError, match="'API_KEY'"):
        store_in(tmp_path).set("API_KEY", value)

    assert list(tmp_path.iterdir()) == []


def test_a_key_of_the_environment_needs_no_file(tmp_path: Path) -> None:
    key = (GOLDEN / "key.txt").read_text()
    store_in(tmp_path, HIVE_CREDENTIALS_KEY=key).set("API_KEY", VALUE)

    assert not (tmp_path / "credentials.key").exists()
    assert store_in(tmp_path, HIVE_CREDENTIALS_KEY=key).get("API_KEY") == VALUE


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.set("API_KEY", VALUE)
    (tmp_path / "credentials.key").chmod(0o640)

    with pytest.raises(CredentialError, match=r"chmod 600 .*credentials.key"):
        store.get("API_KEY")


def test_another_key_opens_nothing_and_seals_nothing(tmp_path: Path) -> None:
    store_in(tmp_path).set("API_KEY", VALUE)
    other = store_in(tmp_path, HIVE_CREDENTIALS_KEY=(GOLDEN / "key.txt").read_text())

    for attempt in (lambda: other.get("API_KEY"), lambda: other.set("OTHER", VALUE), other.check):
        with pytest.raises(CredentialError, match=r"does not open with the key of .HIVE_CREDENTIALS_KEY"):
            attempt()
    assert [item.name for item in other.list()] == ["API_KEY"]


def test_a_lost_key_is_not_replaced_while_something_is_stored(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.set("API_KEY", VALUE)
    (tmp_path / "credentials.key").unlink()

    with pytest.raises(CredentialError, match="the key that opens them is not at"):
        store.set("OTHER", VALUE)
    assert store.remove("API_KEY")
    store.set("OTHER", VALUE)
    assert store.get("OTHER") == VALUE


@pytest.mark.parametrize("key", ["", "short", "!" * 44])
def test_a_malformed_key_is_not_repeated(tmp_path: Path, key: str) -> None:
    store = store_in(tmp_path)
    store.set("API_KEY", VALUE)
    (tmp_path / "credentials.key").write_text(key)

    with pytest.raises(CredentialError, match="is not a key of the store") as caught:
        store.get("API_KEY")
    assert not key or key not in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", '{"version": 1, "credentials": {"A": 1}}', "\xff"])
def test_a_damaged_store_is_said_so_and_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "credentials.json"
    path.write_text(text, encoding="latin-1")

    with pytest.raises(CredentialError, match="is damaged"):
        store_in(tmp_path).set("API_KEY", VALUE)
    assert path.read_text(encoding="latin-1") == text


def test_a_newer_store_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "credentials.json").write_text('{"version": 2, "credentials": {}}')

    with pytest.raises(CredentialError, match=r"newer version of Hive .format 2"):
        store_in(tmp_path).set("API_KEY", VALUE)


def test_a_token_opens_only_under_its_own_name(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.set("FIRST", VALUE)
    path = tmp_path / "credentials.json"
    path.write_text(path.read_text().replace("FIRST", "SECOND"))

    with pytest.raises(CredentialError, match="'SECOND' is another credential"):
        store.get("SECOND")


def test_unknown_fields_are_kept(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.set("FIRST", VALUE)
    path = tmp_path / "credentials.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "later": [1]}))
    store.set("SECOND", VALUE)

    assert json.loads(path.read_text())["later"] == [1]


def test_reads_the_stored_format() -> None:
    store = store_in(GOLDEN, HIVE_CREDENTIALS_KEY=(GOLDEN / "key.txt").read_text())

    assert store.get("BRAVE_API_KEY") == "golden value, not a real key"
    assert [(item.name, item.created_at) for item in store.list()] == [("BRAVE_API_KEY", MOMENT)]


def test_writes_the_stored_format(tmp_path: Path) -> None:
    key = (GOLDEN / "key.txt").read_text()
    store_in(tmp_path, HIVE_CREDENTIALS_KEY=key).set("BRAVE_API_KEY", VALUE)
    written, golden = (json.loads((folder / "credentials.json").read_text()) for folder in (tmp_path, GOLDEN))
    for content in (written, golden):
        content["credentials"]["BRAVE_API_KEY"]["token"] = "of the key and the moment"

    assert written == golden


def test_a_failed_write_leaves_what_was_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = store_in(tmp_path)
    store.set("API_KEY", VALUE)

    def full(source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)  # the disk's own failure, which cannot be made otherwise
    with pytest.raises(CredentialError, match="No space left"):
        store.set("API_KEY", "another")
    assert store.get("API_KEY") == VALUE
    assert not list(tmp_path.glob(".credentials*"))


def test_processes_do_not_lose_each_others_writes(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from framework.credentials import CredentialStore\n"
        "for n in range(10): CredentialStore(Path(sys.argv[1])).set(f'{sys.argv[2]}_{n}', 'value of it')"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path), name], env=os.environ)
        for name in ("FIRST", "SECOND", "THIRD")
    ]

    assert [writer.wait(30) for writer in writers] == [0, 0, 0]
    assert CredentialStore(tmp_path).check() == 30


def test_waits_only_so_long_for_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"

    with locked(path), pytest.raises(TimeoutError, match="has held"), locked(path, wait_s=0.05):
        pass
