from __future__ import annotations

import pytest

from examples.repository_report.figures import (
    area_of,
    contributors,
    hot_files,
    kind_of,
    overview,
    share,
    themes,
)
from examples.repository_report.history import Change, Commit


def commit(
    *changes: Change, email: str = "a@x", author: str = "A", subject: str = "Fix it", is_merge: bool = False
) -> Commit:
    return Commit(
        author=author,
        email=email,
        day="2026-01-05",
        subject=subject,
        is_merge=is_merge,
        changes=list(changes),
    )


def test_one_address_is_one_person_by_the_newest_name() -> None:
    rows = contributors(
        [
            commit(Change(path="a", added=2), author="Ada L."),
            commit(email="b@x", author="Bo"),
            commit(Change(path="a", added=1, deleted=3), author="ada"),
        ]
    )

    assert [(row["name"], row["commits"], row["share"]) for row in rows] == [("Ada L.", 2, 67), ("Bo", 1, 33)]
    assert (rows[0]["added"], rows[0]["deleted"]) == (3, 3)


def test_a_renamed_file_is_one_file_and_its_old_name_may_be_used_again() -> None:
    newest_first = [
        commit(Change(path="a")),  # a new file under the old name
        commit(Change(path="c", before="b")),
        commit(Change(path="b", before="a"), email="b@x"),
        commit(Change(path="a", added=5)),
    ]

    rows = {row["path"]: row for row in hot_files(newest_first)}

    assert set(rows) == {"a", "c"}
    assert (rows["c"]["changes"], rows["c"]["people"], rows["c"]["lines"]) == (3, 2, 5)
    assert rows["a"]["changes"] == 1


def test_two_files_that_trade_names_stay_two() -> None:
    swap = commit(Change(path="b", before="a"), Change(path="a", before="b"))

    rows = {row["path"]: row["lines"] for row in hot_files([swap, commit(Change(path="a", added=7))])}

    assert rows == {"b": 7, "a": 0}


def test_a_commit_counts_once_for_an_area_and_a_merge_for_none() -> None:
    found = themes(
        [
            commit(Change(path="src/a"), Change(path="src/b"), subject="feat(x)!: add"),
            commit(Change(path="README"), subject="Add a readme"),
            commit(is_merge=True, subject="Merge it"),
        ]
    )

    assert [(row["area"], row["commits"], row["share"]) for row in found["areas"]] == [
        ("(top folder)", 1, 50),
        ("src/", 1, 50),
    ]
    assert [row["kind"] for row in found["kinds"]] == ["add", "feat"]


@pytest.mark.parametrize(
    ("subject", "kind"),
    [
        ("feat: x", "feat"), ("Fix(core)!: x", "fix"), ("Add x: y", "add"), ("[#12] Öffne", "öffne"),
        ("42", ""), ("", ""),
    ],
)  # fmt: skip
def test_the_kind_is_the_prefix_or_the_first_word(subject: str, kind: str) -> None:
    assert kind_of(subject) == kind


def test_nothing_has_no_figures() -> None:
    assert overview([])["commits"] == 0
    assert contributors([]) == hot_files([]) == []
    assert themes([]) == {"kinds": [], "areas": []}
    assert share(0, 0) == 0
    assert area_of("a/b/c") == "a/"
