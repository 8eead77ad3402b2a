"""The nodes that are plain functions: which pages were read, and filing the report."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

from framework.errors import InputError
from framework.graph import NodeContext  # noqa: TC001  (the annotation is read when the node is made)
from framework.tools import DataFolder

from .config import MOST_ROUNDS
from .sources import Source, cited_sources, read, unread_in

REPORT_FILE = "report.md"

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&!])")


def list_sources(ctx: NodeContext) -> dict[str, Any]:
    """List the pages that were really read; without any, the research goes on."""
    found = [asdict(source) for source in read(ctx.data_dir)]
    outputs: dict[str, Any] = {
        "sources": found,
        "source_count": len(found),
        "rounds_left": MOST_ROUNDS - ctx.visit.visit,
    }
    if not found:
        outputs["feedback"] = "No page was read yet. Search, then read the pages with web_scrape."
    return outputs


def file_report(ctx: NodeContext) -> dict[str, Any]:
    """Write the report with its list of sources among the files of the run.

    Raises:
        InputError: if the run keeps no files.
    """
    if ctx.data_dir is None:
        raise InputError(
            "This run keeps no files, so there is no place for the report; give it a storage path."
        )
    report = ctx.inputs["report"]
    sources = [Source(**source) for source in ctx.inputs["sources"]]
    cited = cited_sources(report, sources)
    DataFolder(ctx.data_dir).write(REPORT_FILE, f"{report.rstrip()}\n\n## Sources\n\n{_listed(cited)}\n")
    return {
        "report_path": str(ctx.data_dir.absolute() / REPORT_FILE),
        "cited": [source.url for source in cited],
        "unread": unread_in(report, sources),
    }


def _listed(sources: list[Source]) -> str:
    return "\n".join(f"{number}. {_line(source)}" for number, source in enumerate(sources, start=1))


def _line(source: Source) -> str:
    title = _SPECIAL.sub(r"\\\1", source.title)
    return f"{title}: <{source.url}>" if title else f"<{source.url}>"
