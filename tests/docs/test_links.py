"""Every link between the pages leads to a page, and to a heading of it."""

from __future__ import annotations

import pytest

from tests.support.pages import ROOT, Page, page, pages


def broken_links(of: Page) -> list[str]:
    return [target for target in of.links() if not leads_somewhere(of, target)]


def leads_somewhere(of: Page, target: str) -> bool:
    name, _, anchor = target.partition("#")
    path = (of.path.parent / name).resolve() if name else of.path
    if not path.exists():
        return False
    there = page(path) if name else of
    return not anchor or anchor in there.anchors()


@pytest.mark.parametrize("each", [pytest.param(each, id=each.name) for each in pages()])
def test_links_lead_somewhere(each: Page) -> None:
    assert broken_links(each) == []


def test_broken_link_is_found() -> None:
    made = Page(
        path=ROOT / "README.md", text="# A title\n[a](#a-title) [b](#no) [c](no.md) [d](docs/cli.md#no)\n"
    )

    assert broken_links(made) == ["#no", "no.md", "docs/cli.md#no"]


def test_every_page_is_reached_from_the_index() -> None:
    reached = {ROOT / "docs" / "README.md"}
    waiting = list(reached)
    while waiting:
        here = page(waiting.pop())
        linked = {(here.path.parent / target.split("#")[0]).resolve() for target in here.links()}
        new = {path for path in linked - reached if path.suffix == ".md" and ROOT / "docs" in path.parents}
        reached |= new
        waiting += new

    assert {each.path for each in pages()} - {ROOT / "README.md"} <= reached
