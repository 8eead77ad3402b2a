from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from framework.llm.scripted import call
from framework.loop.spillover import spill, spill_name
from framework.model import events as ev
from framework.tools.data import register_data_tools
from tests.support.one_node import OneNode

if TYPE_CHECKING:
    from pathlib import Path

LINES = "\n".join(f"line {number}" for number in range(2000))


def fetch() -> str:
    return LINES


def many() -> str:
    return '[{"id": 123456789012345678901234567890, "rate": 1.10}, ' + "1, " * 3000 + "2]"


@given(st.text(max_size=50))
def test_what_fits_stays_whole(text: str):
    assert spill("t", "m", text, limit=50, folder=None) == (text, None)


def test_names_are_plain_and_tell_calls_apart():
    assert spill_name("a/b c", "m.b1.000.c2.001") == "a_b_c_m_b1_000_c2_001.txt"


def test_a_node_that_cannot_load_the_file_is_not_told_to(tmp_path: Path):
    shown, file = spill("t", "m", "x" * 100, limit=10, folder=tmp_path, can_load=False)

    assert file == ("t_m.txt", b"x" * 100)
    assert shown == "x" * 10 + "\n[Cut after 10 of 100 characters; the whole of it is saved as 't_m.txt'.]"


async def test_only_a_node_with_the_tool_is_told_to_use_it(tmp_path: Path):
    node = OneNode([call("fetch"), "Done."], tools=[fetch], storage=tmp_path)

    assert (await node.run()).success
    (shown,) = (message.content for message in node.request().messages if message.role == "tool")
    assert "load_data" not in shown
    assert "the whole of it is saved as" in shown


def test_without_a_data_folder_a_long_result_is_cut_and_says_so():
    shown, file = spill("t", "m", "x" * 100, limit=10, folder=None)

    assert file is None
    assert shown.startswith("x" * 10 + "\n[Cut after 10 of 100 characters;")


def test_a_folder_that_cannot_be_written_costs_the_rest_of_the_result_not_the_run(tmp_path: Path):
    (tmp_path / "data").write_text("a file stands here")

    shown, file = spill("t", "m", "x" * 100, limit=10, folder=tmp_path / "data")

    assert file is None
    assert "could not be kept" in shown


async def test_a_long_result_goes_to_a_file_that_can_be_paged_back(tmp_path: Path):
    name = spill_name("fetch", "m.c1.000")
    node = OneNode([], tools=[fetch], storage=tmp_path)
    register_data_tools(node.registry)
    node.node.tools.append("load_data")
    node.provider._script = [call("fetch"), call("load_data", filename=name, offset=1000, limit=2), "Done."]

    assert (await node.run()).success
    first, second = (m.content for m in node.request().messages if m.role == "tool")
    assert f"has {len(LINES)} characters. It is saved as '{name}'; read it with load_data(" in first
    assert "line 0\nline 1\n" in first
    assert len(first) < 3000
    assert second.endswith("line 1000\nline 1001")
    assert (tmp_path / "runs" / node.run_id / "data" / name).read_text() == LINES


async def test_a_spilled_file_is_journaled_as_it_is(tmp_path: Path):
    node = OneNode([call("many"), "Done."], tools=[many], storage=tmp_path)

    assert (await node.run()).success
    (event,) = await node.events(ev.FileWritten)
    assert event.content.load() == many()
    assert (tmp_path / "runs" / node.run_id / "data" / event.name).read_text() == many()


async def test_pages_themselves_are_never_spilled(tmp_path: Path):
    def load_data() -> str:
        return LINES

    node = OneNode([call("load_data"), "Done."], tools=[load_data], storage=tmp_path)

    assert (await node.run()).success
    assert "ask for fewer lines" in node.said()[-1]
    assert await node.events(ev.FileWritten) == []
