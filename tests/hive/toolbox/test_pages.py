from __future__ import annotations

import builtins
from typing import Any

import pytest

from framework.errors import ToolError
from hive.toolbox.fetch import Fetched
from hive.toolbox.pages import text_of

PARAGRAPH = "A paragraph with enough sensible words in it that any extractor takes it for content, number {}."
HTML = (
    "<!doctype html><html><head><title>T</title></head><body><nav>Menu</nav><article><h1>Heading é</h1>"
    + "".join(f"<p>{PARAGRAPH.format(number)}</p>" for number in range(4))
    + "<p>The story goes on for a while, and whoever wants can <a href='/more'>read more</a>.</p>"
    "<script>evil()</script></article><footer>Imprint</footer></body></html>"
)


def page(body: bytes | str, kind: str) -> Fetched:
    content = body.encode() if isinstance(body, str) else body
    return Fetched(url="http://page.example/x", content_type=kind, body=content, is_cut=False)


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "TEXT/Plain; charset=utf-8", "text/markdown", "application/xml", "application/atom+xml"],
)
def test_text_stays_as_it_is(kind: str) -> None:
    assert text_of(page("é\n  <b>\n", kind)) == "é\n  <b>\n"


@pytest.mark.parametrize("kind", ["application/json", "application/ld+json; charset=utf-8", "text/json"])
def test_json_is_laid_out(kind: str) -> None:
    assert text_of(page('{"a":[1,"é"]}', kind)) == '{\n  "a": [\n    1,\n    "é"\n  ]\n}'


@pytest.mark.parametrize("body", ['{"a": ', "[" * 100_000])
def test_json_that_was_cut_or_is_absurd_stays_as_it_is(body: str) -> None:
    assert text_of(page(body, "application/json")) == body


@pytest.mark.parametrize(
    "kind", ["image/png", "application/pdf", "application/zip", "video/mp4", "font/woff2", "x"]
)
def test_what_holds_no_text_is_refused(kind: str) -> None:
    with pytest.raises(ToolError, match=f"The page is '{kind}', which holds no text"):
        text_of(page(b"x", kind))


def test_without_a_type_the_content_decides() -> None:
    assert text_of(page("plain", "")) == "plain"
    with pytest.raises(ToolError, match="octet-stream"):
        text_of(page(b"\x7fELF\0", ""))


@pytest.mark.parametrize(
    ("charset", "body", "text"),
    [
        ("iso-8859-1", b"\xe9", "é"),
        ('"utf-8"', b"\xef\xbb\xbf\xc3\xa9", "é"),
        ("windows-1252", b"\x80", "€"),
        ("shift_jis", "日本".encode("shift_jis"), "日本"),
        ("none-such", b"\xc3\xa9", "é"),
        ("rot13", b"abc", "abc"),
        ("zlib", b"abc", "abc"),
        ("unicode_escape", b"\\x41", "\\x41"),
        ("utf-7", b"+AGE-", "+AGE-"),
        ("cp9999", b"abc", "abc"),
        ("utf-8", b"a\xffb", "a\ufffdb"),
    ],
)
def test_a_charset_that_pages_use_is_obeyed_and_another_ignored(charset: str, body: bytes, text: str) -> None:
    assert text_of(page(body, f"text/plain; charset={charset}")) == text


def test_a_missing_extractor_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real_import = builtins.__import__

    def refuse(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "trafilatura":
            raise ImportError(name)
        return real_import(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ToolError, match=r"install 'hive-agents\[toolbox\]'"):
        text_of(page(HTML, "text/html"))


@pytest.mark.parametrize("kind", ["text/html", "text/html; charset=utf-8", "application/xhtml+xml", ""])
def test_the_readable_part_of_html_comes_line_by_line(kind: str) -> None:
    lines = text_of(page(HTML, kind)).split("\n")

    assert [PARAGRAPH.format(number) in lines for number in range(4)] == [True] * 4
    assert any("can [read more](http://page.example/more)" in line for line in lines)
    assert not any(word in line for line in lines for word in ("Menu", "evil", "Imprint"))


def test_html_says_its_own_charset() -> None:
    body = f"<html><head><meta charset='iso-8859-1'></head><body><p>é {PARAGRAPH}</p></body></html>"
    assert "é A paragraph" in text_of(page(body.encode("iso-8859-1"), "text/html"))


@pytest.mark.parametrize("body", ["<html></html>", "<html><body><script>x()</script></body></html>", ""])
def test_html_without_text_is_said(body: str) -> None:
    with pytest.raises(ToolError, match="no readable text"):
        text_of(page(body, "text/html"))


@pytest.mark.parametrize(
    "body", ["<div>" * 50_000 + "deep", "<p " + "a " * 50_000 + ">x", "<b><i>x" * 20_000, "a\0b<p>"]
)
def test_absurd_html_ends_in_text_or_a_sentence(body: str) -> None:
    try:
        assert text_of(page(f"<html><body>{body}", "text/html"))
    except ToolError as error:
        assert "no readable text" in str(error)
