from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from examples.support_triage.config import CATEGORIES, URGENCIES
from examples.support_triage.report import Answer, Rejected, Triaged, by_urgency, render, ticket_ids

GOLDEN = Path(__file__).parent / "golden_report.md"

line = st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" "), max_size=30)
name = line.map(lambda text: " ".join(text.split())).filter(bool)
triaged = st.builds(
    Triaged,
    id=name,
    answer=st.builds(
        Answer, category=st.sampled_from(CATEGORIES), urgency=st.sampled_from(URGENCIES), summary=line
    ),
    rejected=st.lists(st.builds(Rejected, summary=line, reason=line), max_size=2).map(tuple),
    doubt=line,
)


def ticket(
    number: int, urgency: str = "normal", rejected: tuple[Rejected, ...] = (), doubt: str = ""
) -> Triaged:
    answer = Answer(category="bug", urgency=urgency, summary=f"summary {number}")
    return Triaged(id=f"T-{number}", answer=answer, rejected=rejected, doubt=doubt)


@given(st.lists(triaged, max_size=8, unique_by=lambda item: item.id))
def test_every_ticket_stands_in_the_table_exactly_once_whatever_its_text(items: list[Triaged]) -> None:
    assert ticket_ids(render("x.csv", items)) == [item.id for item in by_urgency(items)]


@given(st.lists(triaged, min_size=1, max_size=4))
def test_text_of_tickets_never_becomes_markup(items: list[Triaged]) -> None:
    report = render("<script>.csv", items)

    assert "<" not in report.replace("\\<", "")
    assert report.count("\n## ") == 4


def test_urgent_tickets_come_first_and_otherwise_the_order_of_the_file_holds() -> None:
    items = [ticket(1, "low"), ticket(2, "high"), ticket(3), ticket(4, "high")]

    assert [item.id for item in by_urgency(items)] == ["T-2", "T-4", "T-3", "T-1"]


def test_the_report_is_the_golden_one() -> None:
    sent_back = Rejected(summary="a parcel | lost", reason="The ticket does not say: parcel.")
    items = [
        ticket(1),
        ticket(2, "high", rejected=(sent_back,)),
        ticket(3, "low", rejected=(Rejected(summary="summary 3", reason="No."),), doubt="Still *no*."),
    ]

    assert render("tickets.csv", items) == GOLDEN.read_text(encoding="utf-8")
