"""Turns what was fetched into text: the readable part of HTML, JSON laid out, other text as it is."""

from __future__ import annotations

import codecs
import json
import re
from typing import TYPE_CHECKING

from framework.errors import ToolError

if TYPE_CHECKING:
    from hive.toolbox.fetch import Fetched

_HTML = frozenset({"text/html", "application/xhtml+xml"})
_JSON = re.compile(r"(application|text)/([\w.-]+\+)?json")
_TEXT = re.compile(r"text/.*|application/([\w.-]+\+)?(xml|yaml)|application/(javascript|x-ndjson|toml)")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_KNOWN_CHARSET = re.compile(
    r"utf-?(8|16|16le|16be)|(us-)?ascii|iso-?8859-\d{1,2}|latin-?1|windows-\d{3,4}|cp\d{3,4}"
    r"|koi8-[ru]|shift[_-]jis|euc-(jp|kr)|iso-2022-jp|gb2312|gbk|gb18030|big5",
    re.IGNORECASE,
)
_STARTS_OF_HTML = (b"<!doctype html", b"<html")
_SNIFFED_BYTES = 1024


def text_of(fetched: Fetched) -> str:
    """Return the text of a page.

    Raises:
        ToolError: if it is neither HTML, JSON nor another text.
    """
    kind = fetched.content_type.split(";", 1)[0].strip().lower() or _sniffed(fetched.body)
    if kind in _HTML:
        return _readable(fetched)
    if _JSON.fullmatch(kind):
        return _laid_out(_decoded(fetched))
    if _TEXT.fullmatch(kind):
        return _decoded(fetched)
    raise ToolError(f"The page is {kind[:60]!r}, which holds no text; only HTML, JSON and text are read.")


def _sniffed(body: bytes) -> str:
    start = body[:_SNIFFED_BYTES]
    if any(mark in start.lower() for mark in _STARTS_OF_HTML):
        return "text/html"
    return "application/octet-stream" if b"\0" in start else "text/plain"


def _readable(fetched: Fetched) -> str:
    try:
        from trafilatura import extract, html2txt  # noqa: PLC0415  (optional, and dear to load)
    except ImportError as error:
        raise ToolError(
            "Reading HTML needs trafilatura, which is missing or broken here; install 'hive-agents[toolbox]'."
        ) from error
    content = fetched.body if _charset(fetched) is None else _decoded(fetched)
    text = extract(content, url=fetched.url, include_links=True, favor_recall=True) or html2txt(content)
    if not text.strip():
        raise ToolError("The page holds no readable text (it may need a browser); try another page.")
    return text


def _laid_out(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _decoded(fetched: Fetched) -> str:
    return fetched.body.decode(_charset(fetched) or "utf-8", "replace").removeprefix("\ufeff")


def _charset(fetched: Fetched) -> str | None:
    """Return the charset that the server names, if it is one that pages use."""
    named = _CHARSET.search(fetched.content_type)
    if named is None or _KNOWN_CHARSET.fullmatch(named.group(1)) is None:
        return None
    try:
        codecs.lookup(named.group(1))
    except LookupError:
        return None
    return named.group(1)
