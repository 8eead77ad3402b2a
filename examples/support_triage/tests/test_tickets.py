from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.support_triage.config import MOST_FILE_BYTES, MOST_TICKETS
from examples.support_triage.tickets import Ticket, decode, parse, read_file
from framework.errors import InputError

SHIPPED = Path(__file__).parent.parent / "data" / "tickets.csv"
HEADER = "id,subject,body\n"

cell = st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" ,;|\"'"), min_size=1)
words = cell.map(lambda text: " ".join(text.split())).filter(bool)


def test_the_shipped_file_is_read_whole() -> None:
    tickets = read_file(str(SHIPPED))

    assert [ticket.id for ticket in tickets] == [f"T-10{n}" for n in range(1, 9)]
    assert tickets[1].subject == "App crashes when I export"
    assert "yesterday's update" in tickets[1].body


@given(
    rows=st.lists(st.tuples(words, words), min_size=1, max_size=10),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
)
def test_what_was_written_as_csv_is_read_back(rows: list[tuple[str, str]], delimiter: str) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow(["Received", "Body", "ID", "Subject"])
    for number, (subject, body) in enumerate(rows):
        writer.writerow(["today", body, str(number), subject])

    found = parse(buffer.getvalue(), "x.csv")

    assert found == [
        Ticket(id=str(number), subject=subject, body=body) for number, (subject, body) in enumerate(rows)
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252"])
def test_every_usual_encoding_is_read(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(f"{HEADER}1,Küche,Já não posso entrar\n".encode(encoding))

    assert read_file(str(path)) == [Ticket(id="1", subject="Küche", body="Já não posso entrar")]


def test_a_body_may_have_several_lines_and_empty_lines_are_skipped() -> None:
    found = parse(f'\n{HEADER}\n1,a,"first\nsecond"\n,,\n', "x.csv")

    assert found == [Ticket(id="1", subject="a", body="first second")]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is empty"),
        (" \n\n", "is empty"),
        (HEADER, "holds no ticket"),
        ("id,subject\n1,a\n", "lacks the column body; its first line must name"),
        ("just some prose\nand more", "lacks the columns id, subject, body"),
        ("id,subject,body,body\n1,a,b,c\n", "names a column twice"),
        ("x" * 200_000, "lacks the columns"),
        (HEADER + "1,a,b,c\n", "line 2: 4 cells, where the first line names 3 columns"),
        (HEADER + "1,a\n", "line 2: 2 cells"),
        (HEADER + ",a,b\n", "line 2: the ticket has no id"),
        (HEADER + "1,,\n", "line 2: the ticket has neither subject nor body"),
        (HEADER + "1,a,b\n1,c,d\n", "holds the id '1' twice"),
        (HEADER + '1,a,"never closed\n', "is no CSV file"),
        (HEADER + "".join(f"{n},a,b\n" for n in range(MOST_TICKETS + 1)), "one run takes at most 50"),
        (HEADER + f"1,a,{'x' * 200_000}\n", "is no CSV file"),
    ],
)
def test_a_bad_file_is_refused_with_a_sentence(text: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        parse(text, "x.csv")


@pytest.mark.parametrize(
    "content", [b"\x89PNG\r\n\x1a\n\0\0", b"\xff\xfei\0d\0", b"PK\3\4 archive", b"\x81\x8d"]
)
def test_what_is_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(InputError, match="no plain text"):
        decode(content, "x.csv")


def test_places_that_hold_no_file_are_refused(tmp_path: Path) -> None:
    large = tmp_path / "large.csv"
    large.write_bytes(b"x" * (MOST_FILE_BYTES + 1))
    for path, complaint in {
        str(tmp_path / "none.csv"): "There is no file",
        str(tmp_path): "is no file",
        "/dev/zero": "is no file",
        "a\0b": "cannot be read|There is no file",
        str(large): "larger than 2 MB",
    }.items():
        with pytest.raises(InputError, match=complaint):
            read_file(path)


@given(st.binary(max_size=300))
def test_any_bytes_are_tickets_or_a_sentence(content: bytes) -> None:
    try:
        found = parse(decode(content, "x.csv"), "x.csv")
    except InputError:
        return
    assert found
