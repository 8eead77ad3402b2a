"""The pages that were read in a run, and the pages that a text cites."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urlsplit, urlunsplit

from framework.errors import ToolError
from framework.tools import DataFolder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SOURCES_FILE = "sources.jsonl"
"""Kept by ``web_scrape`` alone; ``save_data`` refuses the name."""

_URL = re.compile(r"https?://[^\s<>\"'`\[\]|\\]+", re.IGNORECASE)
_CLOSING = ".,;:!?*_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A page that was read."""

    url: str
    title: str


def keep(data_dir: Path | None, source: Source) -> bytes:
    """Note that a page was read; return the whole list as it is stored now.

    Raises:
        ToolError: if the run keeps no files.
    """
    return _folder(data_dir).append(SOURCES_FILE, json.dumps(asdict(source), ensure_ascii=False) + "\n")


def read(data_dir: Path | None) -> list[Source]:
    """Return the pages that were read, each once, in the order of reading.

    Raises:
        ToolError: if the run keeps no files.
    """
    folder = _folder(data_dir)
    if SOURCES_FILE not in {file.name for file in folder.list()}:
        return []
    lines = folder.locate(SOURCES_FILE).read_text(encoding="utf-8").splitlines()
    found: dict[str, Source] = {}
    for line in lines:
        source = Source(**json.loads(line))
        found.setdefault(same_page(source.url), source)
    return list(found.values())


def cited_in(text: str) -> list[str]:
    """Return the addresses in a text, each page once, in order."""
    found = {same_page(url): url for url in map(_trimmed, reversed(_URL.findall(text)))}
    return list(reversed(found.values()))


def unread_in(text: str, sources: Iterable[Source]) -> list[str]:
    """Return the addresses in a text whose pages were not read."""
    known = {same_page(source.url) for source in sources}
    return [url for url in cited_in(text) if same_page(url) not in known]


def cited_sources(text: str, sources: Sequence[Source]) -> list[Source]:
    """Return the pages that were read and that the text cites, in the order of citing."""
    by_page = {same_page(source.url): source for source in sources}
    return [by_page[same_page(url)] for url in cited_in(text) if same_page(url) in by_page]


def same_page(url: str) -> str:
    """Return the address in a form that is equal for equal pages: no fragment, no closing slash."""
    try:
        parts = urlsplit(urldefrag(url).url)
    except ValueError:  # No address at all, so it is equal to itself only.
        return url
    path = parts.path.rstrip("/")
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), path, parts.query, ""))


def _trimmed(url: str) -> str:
    """Cut off what belongs to the sentence around an address: full stops, and brackets it did not open."""
    while url and (url[-1] in _CLOSING or (url[-1] in ")}" and _is_unopened(url))):
        url = url[:-1]
    return url


def _is_unopened(url: str) -> bool:
    opening = "(" if url[-1] == ")" else "{"
    return url.count(opening) < url.count(url[-1])


def _folder(data_dir: Path | None) -> DataFolder:
    if data_dir is None:
        raise ToolError("This run keeps no files, so it cannot note what it read; give it a storage path.")
    return DataFolder(Path(data_dir))
