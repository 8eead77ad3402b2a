"""The table of the benchmarks says of every row whether it kept its promise, and so does the exit code."""

from __future__ import annotations

import pytest

from benchmarks import __main__ as table
from benchmarks.measure import Row, Sides


def row(ours: float, limit: float | None = 2.0, absolute_limit: float | None = None) -> Row:
    return Row(
        name=f"{ours:g} things",
        ours=ours,
        baseline=1.0,
        unit="us",
        limit=limit,
        absolute_limit=absolute_limit,
        spread=(1.5, 4.25),
    )


@pytest.fixture(autouse=True)
def measurements(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure nothing: one row that is met, one that is missed, and something that cannot be measured."""

    def gives(*rows: Row):
        async def measure() -> list[Row]:
            return list(rows)

        return measure

    fakes = {"quick": gives(row(1.0)), "slow": gives(row(3.0)), "absent": gives()}
    monkeypatch.setattr(table, "MEASUREMENTS", fakes)
    monkeypatch.setattr(table, "keep_freed_memory", lambda: None)


@pytest.mark.parametrize(
    ("measured", "verdict"),
    [
        (row(2.0), "ok"),
        (row(2.01), "MISSED"),
        (row(1.5, absolute_limit=1.0), "MISSED"),
        (row(5.0, limit=None, absolute_limit=5.0), "ok"),
        (row(5.0, limit=None), ""),
    ],
)
def test_a_row_says_whether_both_of_its_limits_are_kept(measured: Row, verdict: str) -> None:
    words = table.line(measured).split()
    assert [word for word in words if word in {"ok", "MISSED"}] == ([verdict] if verdict else [])
    assert "(1.50-4.25)" in words


def test_the_last_line_counts_what_missed_and_names_what_was_not_measured(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert table.main([]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "1 of 2 rows missed their target: 3 things. Not measured: absent."


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["--strict"], 1), (["--strict", "quick"], 0), (["--strict", "absent"], 0), (["slow"], 0)],
)
def test_a_miss_is_a_failure_only_when_it_is_asked_for(arguments: list[str], code: int) -> None:
    assert table.main(arguments) == code


def test_single_rows_are_measured_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    table.main(["slow"])
    assert "3 things" in capsys.readouterr().out
    table.main(["quick"])
    assert "3 things" not in capsys.readouterr().out


def test_a_name_that_nothing_has_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        table.main(["slwo"])
    assert "nothing is called 'slwo'; choose quick, slow, absent" in capsys.readouterr().err


def test_of_several_turns_the_median_ratio_counts_and_the_middle_half_is_told() -> None:
    sides = Sides.of([(ours, 2.0) for ours in (18.0, 2.0, 6.0, 4.0, 8.0)])
    assert sides == Sides(6.0, 2.0, (2.0, 4.0))
