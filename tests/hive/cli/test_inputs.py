"""The input of a run, from wherever the person has it."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest

from framework.errors import InputError
from hive.cli.inputs import read_input

if TYPE_CHECKING:
    from pathlib import Path


def test_no_input_is_an_empty_object() -> None:
    assert read_input(None, None) == {}


def test_json_is_read_from_text_files_and_stdin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "in.json"
    file.write_text('\ufeff{"a": [1, "\u00e9"]}', encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(file.read_bytes())))
    expected = {"a": [1, "\u00e9"]}
    assert read_input('{"a": [1, "\u00e9"]}', None) == expected
    assert read_input(f"@{file}", None) == expected
    assert read_input(None, str(file)) == expected
    assert read_input("-", None) == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"a": 1', "line 1, column 8: Expecting ',' delimiter, where it ends"),
        ('{"a": 1,\n  b: 2}', "line 2, column 3"),
        ("", "line 1, column 1"),
        ("5", "is a number"),
        ("null", "is only true, false or null"),
        ('"text"', "is a text"),
        ("@", "The name of the input file is missing"),
        ("@a\x00b", "cannot be read"),
        ('{"a": -Infinity}', "-Infinity is no JSON number"),
        ('{"a": ' + "9" * 5000 + "}", "not valid JSON"),
    ],
)
def test_what_cannot_be_used_is_named(text: str, told: str) -> None:
    with pytest.raises(InputError) as refused:
        read_input(text, None)
    assert told in str(refused.value)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    file = tmp_path / "in.json"
    file.write_bytes(b'{"a": "\xff"}')
    with pytest.raises(InputError, match=r"no UTF-8 text: byte 8"):
        read_input(None, str(file))


def test_both_ways_at_once_are_refused() -> None:
    with pytest.raises(InputError, match="not with both"):
        read_input("{}", "file")
