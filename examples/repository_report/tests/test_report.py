from __future__ import annotations

from examples.repository_report.report import escaped, prose, render, table


def test_names_of_files_and_people_never_become_markup() -> None:
    shown = table([{"path": "a|b`<i>\n# c", "changes": 1}])

    assert shown.splitlines()[2] == r"| a\|b\`\<i\> \# c | 1 |"
    assert escaped("a\n\nb") == "a b"
    assert prose("1. one\n\n- two\n\n\n# three") == "\\1. one\n\n\\- two\n\n\\# three"


def test_a_history_without_commits_is_one_sentence() -> None:
    figures = {"overview": {"name": "new_one", "commits": 0, "selection": "main"}}

    assert render(figures, "", "") == "# new\\_one\n\nNo commits in main.\n"
