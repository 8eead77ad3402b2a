"""The page about packets lists the categories that the code knows."""

from __future__ import annotations

import re
from pathlib import Path

from framework.runtime.packet.category import ERROR_CATEGORIES, SIGN_CATEGORIES, Category
from framework.runtime.packet.model import FORMAT, Packet

PAGE = (Path(__file__).parents[4] / "docs" / "packets.md").read_text(encoding="utf-8")


def test_the_page_lists_every_class_under_its_category() -> None:
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ((?:`\w+`(?:, )?)+) \|$", PAGE, re.MULTILINE)
    listed = {name: category for category, names in rows for name in re.findall(r"`(\w+)`", names)}

    assert listed == {name: category.value for name, category in ERROR_CATEGORIES.items()}
    assert {category for category, _ in rows} == {category.value for category in Category}


def test_the_page_lists_every_sign() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| ", PAGE, re.MULTILINE)

    assert dict(rows) == {kind: category.value for kind, category in SIGN_CATEGORIES.items()}


def test_the_page_names_every_field_of_the_format() -> None:
    section = PAGE.split(f"## Format {FORMAT}", 1)[1]
    named = {
        name
        for row in re.findall(r"^\| (`[^|]+) \|", section, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", row)
    }

    assert named == set(Packet.model_fields)
