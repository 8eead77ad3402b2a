from __future__ import annotations

import pytest

from examples.repository_report.summary import find_flaw, strange_numbers

FIGURES = {
    "contributors": [{"name": "Ada Lovelace"}],
    "hot_files": [{"path": "src/main.py"}],
    "areas": [{"area": "docs/"}],
}
FACTS = "Ada Lovelace, commits 12"


@pytest.mark.parametrize(
    ("text", "strange"),
    [
        ("Ada made 12 of 1,234 commits, 60 %.", []),
        ("On 2026-01-05 twelve", []),
        ("13 commits and 13 again, 1.5 times", ["13", "1.5"]),
        ("1234 commits", []),
        ("", []),
    ],
)
def test_a_number_is_strange_unless_it_is_among_the_figures(text: str, strange: list[str]) -> None:
    assert strange_numbers(text, "Ada, commits 12, share 60; 1234 in all since 2026-01-05") == strange


@pytest.mark.parametrize(
    ("summary", "flaw"),
    [
        ("Ada Lovelace made 12 commits, most of them in one place.", ""),
        ("Most of the work went into main.py, and rightly so.", ""),
        ("The DOCS were written by many people over a long time.", ""),
        ("Ada Lovelace made 13 commits.", "these numbers are not among the figures: 13"),
        ("The summary of Ada Lovelace is: " * 6, "it says the same again and again"),
        ("This is a repository with a history of changes.", "it names no person, file or folder"),
    ],
)
def test_a_summary_is_refused_with_the_reason(summary: str, flaw: str) -> None:
    found = find_flaw(summary, FACTS, FIGURES)

    assert found.startswith(flaw)
    assert bool(found) == bool(flaw)
