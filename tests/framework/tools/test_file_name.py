from __future__ import annotations

import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.errors import ToolError
from framework.tools.file_name import checked_name

PATHS = [
    "..", ".", "/", "\\", "../x", "..\\x", "x/../y", "x\\..\\y", "/etc/passwd", "/x", "//x", "///",
    "a/b", "a\\b",
    "./x", ".\\x", "x/", "x\\", "../../../../etc/shadow", "..\\..\\windows\\system32", "....//x",
    "..;/x", "%2e%2e/x",
    "~/x", "~", "~root", "~root/.ssh", "$HOME/x", "${HOME}", "$(id)", "`id`", "x;rm", "x|y", "x&y",
    "x>y", "x<y",
    "file:///etc/passwd", "http://host/x", "C:", "C:x", "C:\\x", "C:/x", "c:..\\x", "Z:\\",
    "\\\\server\\share",
    "\\\\?\\C:\\x", "\\\\.\\pipe\\x", "//server/share", "\\\\server\\share\\x", "x:stream", "x::$DATA",
    "x.txt:$DATA",
    "/dev/null", "/dev/stdin", "/proc/self/mem", "/proc/self/fd/3", "a*b", "a?b", "*", "?", '"x"',
    "'x'", "[x]", "{x}",
]  # fmt: skip
HIDDEN = [
    ".hidden", ".env", ".ssh", "...", "....", "..x", ".x.draft", "-rf", "--help", "-", "+x", "=x", "@x", "#x",
    "(x)", ",x", " x", " ", "  ", "x ", "x.", "x..", "x. ", "x .", ". x",
]  # fmt: skip
CONTROL = [
    *(f"a{chr(code)}b" for code in range(32)),
    *(chr(code) for code in range(32)),
    *(f"a{chr(code)}" for code in range(0x7F, 0xA0)),
    "x\x00", "\x00", "x.txt\x00.png", "../\x00", "x\r\ny", "x\ty",
]  # fmt: skip
INVISIBLE = [
    "a\u200bb", "a\u200cb", "a\u200db", "a\u200eb", "a\u200fb", "a\u202ab", "a\u202eb", "a\u2028b",
    "a\u2029b",
    "a\u2060b", "\ufeffa", "a\u00adb", "a\u00a0b", "a\u3000b", "a\u2003b", "a\ud800b", "\udcff",
    "a\ue000b", "a\uffffb",
    "\uff0e\uff0e", "\uff0e\uff0e\uff0fx", "a\uff0fb", "a\u2215b", "a\u2044b", "a\u29f8b", "a\uff3cb",
    "a\u2216b",
    "\u2024\u2024", "\u2025", "\u2026", "C\uff1ax", "C\ua789x", "a\u2571b",
]  # fmt: skip
DEVICES = [
    "CON",
    "PRN",
    "AUX",
    "NUL",
    "con",
    "nul",
    "Aux",
    *(f"COM{n}" for n in range(10)),
    *(f"lpt{n}" for n in range(10)),
]
RESERVED = [
    *DEVICES, "NUL.txt", "con.tar.gz", "COM1.csv", "nul .txt", "CON  .a.b", "COM\u00b9", "lpt\u00b2.txt",
    "\uff23\uff2f\uff2e", "CONIN$", "CONOUT$",
]  # fmt: skip
LONG = ["x" * 201, "x" * 255, "x" * 256, "x" * 10_000, "\u00e9" * 101, "\U0001d400" * 51, "x" * 300 + ".txt"]
HOSTILE = sorted({*PATHS, *HIDDEN, *CONTROL, *INVISIBLE, *RESERVED, *LONG, ""})

ALLOWED = string.ascii_letters + string.digits + " ._-+=,@#()"


def test_the_table_is_large() -> None:
    assert len(HOSTILE) >= 200


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_hostile_name_is_refused_with_a_printable_sentence(name: str) -> None:
    with pytest.raises(ToolError) as caught:
        checked_name(name)
    said = str(caught.value)
    assert said.isprintable()
    assert "Use a plain name" in said
    assert len(said) < 1200


@pytest.mark.parametrize("name", [None, 3, b"x", ["x"], {"a": 1}])
def test_what_is_no_text_is_refused(name: object) -> None:
    with pytest.raises(ToolError, match="A file name is text"):
        checked_name(name)


@pytest.mark.parametrize(
    "name",
    ["a", "notes.txt", "a-b_c.tar.gz", "Report 2026 (final).csv", "_x", "1", "übersicht.md",
    "नमस्ते.txt", "报告.json",
     "console.log", "com10", "x" * 200, "a..b", "v1.0+build=7,@home#2.txt"],
)  # fmt: skip
def test_a_plain_name_is_kept(name: str) -> None:
    assert checked_name(name) == name


def test_a_decomposed_name_is_composed() -> None:
    assert checked_name("cafe\u0301.txt") == "caf\u00e9.txt"


@given(st.text(max_size=300))
def test_any_text_is_refused_or_gives_one_plain_component(name: str) -> None:
    try:
        plain = checked_name(name)
    except ToolError:
        return
    assert plain not in {"", ".", ".."}
    assert not set(plain) & set('/\\:\0<>"|?*')
    assert plain[0] not in ".-~ "
    assert all(unicodedata.category(char)[0] != "C" for char in plain)
    assert len(plain.encode()) <= 200
    assert checked_name(plain) == plain


@given(st.text(alphabet=ALLOWED + "/\\\0:~", max_size=40))
def test_text_close_to_a_name_is_refused_or_plain(name: str) -> None:
    try:
        assert checked_name(name) == name
    except ToolError:
        return
    assert not set(name) & set("/\\\0:~")
