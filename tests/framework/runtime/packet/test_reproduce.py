"""A failure is reproduced with the package alone, elsewhere, and a mend shows."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

import pytest

from framework.errors import PacketError
from framework.graph.stored import reject_stored
from framework.journal.reading import read_entries
from framework.llm import ScriptedProvider
from framework.llm.scripted import call
from framework.model.events import ToolIntended
from framework.model.tool import UnreadToolUse
from framework.packages import load_package
from framework.runner.packets import check_failure_is_over, reproduce
from framework.runtime.packet import Packet, Reproduction, build_packet, read_packet, write_packet
from tests.framework.runtime.packet.test_category import FAILURES
from tests.support.failing_agents import CLERK, run_clerk
from tests.support.planted_secrets import SECRETS
from tests.support.printed_packages import write_package

if TYPE_CHECKING:
    from pathlib import Path

BROKEN = (call("look_up", who="Ada"), call("set_output", key="label", value="broken"), "Done.")
KEY = SECRETS["openai"]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be on a machine that never ran the agent."""
    monkeypatch.setenv("HIVE_HOME", str(tmp_path / "other home"))


async def packed(tmp_path: Path, *script: object, **inputs: object) -> Packet:
    """Return the packet of a failed run, read from its file; the run itself is gone."""
    runner, _ = await run_clerk(tmp_path / "first", ScriptedProvider(list(script)), inputs=inputs or None)
    path = tmp_path / "run.packet.json"
    write_packet(await build_packet(runner.journal, "run"), path)
    shutil.rmtree(tmp_path / "first" / "store")
    return read_packet(path)


async def replayed(tmp_path: Path, packet: Packet, **changes: str) -> Reproduction:
    folder = write_package(tmp_path / "second", "clerk", CLERK, **changes)
    return await reproduce(packet, load_package(folder))


async def test_arguments_that_did_not_parse_are_in_the_packet_without_their_secrets(tmp_path: Path) -> None:
    text = '{"who": "Ada", "key": "' + KEY + '"'
    packet = await packed(tmp_path, UnreadToolUse("c", "look_up", {}, "Not JSON.", text), *["Hm."] * 3)

    [asked] = packet.exchanges[0].tool_calls
    [refused] = packet.tool_calls
    assert asked["arguments_text"] == refused.arguments_text
    assert refused.arguments_text.startswith('{"who": "Ada", "key": "[secret ')
    assert KEY not in packet.model_dump_json()
    assert (await replayed(tmp_path, packet)).occurs


def mended(old: str, new: str, module: str = "functions") -> dict[str, str]:
    text = CLERK[f"{module}.py"]
    assert old in text
    return {module: text.replace(old, new)}


@pytest.mark.parametrize("name", FAILURES)
async def test_every_failure_is_reproduced_with_the_package_alone(name: str, tmp_path: Path) -> None:
    packet = await packed(tmp_path, *FAILURES[name][0])

    found = await replayed(tmp_path, packet)

    assert found.occurs, found.text
    assert "the package of the same version" in found.text


@pytest.mark.parametrize("found", [None, False, {"receipt": 7}], ids=repr)
async def test_a_fork_of_a_call_that_its_probe_settled_is_reproduced(found: object, tmp_path: Path) -> None:
    probed = mended(
        '@tool(effect="none")', f"@tool(probe=lambda arguments, context: {found!r})", module="tools"
    )
    write_package(tmp_path / "first", "clerk", CLERK, **probed)
    runner, _ = await run_clerk(tmp_path / "first", ScriptedProvider([*BROKEN, *BROKEN[1:]]))
    entries = await read_entries(runner.journal, "run")
    at_seq = next(entry.seq for entry in entries if isinstance(entry.event, ToolIntended))
    fork = await runner.fork("run", at_seq)
    await runner.run(session_state={"run_id": fork.run_id})
    packet = await build_packet(runner.journal, fork.run_id)

    again = await replayed(tmp_path, packet, **probed)

    assert again.occurs, again.text


async def test_a_mended_function_no_longer_fails(tmp_path: Path) -> None:
    packet = await packed(tmp_path, *BROKEN)

    found = await replayed(tmp_path, packet, **mended('{}["nothing"]', '{"done": "paid"}'))

    assert (found.occurs, found.is_mended) == (False, True)
    assert "the failure no longer occurs with version" in found.text


async def test_another_error_at_the_same_place_is_not_the_same_failure(tmp_path: Path) -> None:
    packet = await packed(tmp_path, *BROKEN)

    found = await replayed(tmp_path, packet, **mended('{}["nothing"]', "1 / 0"))

    assert not found.occurs
    assert "ZeroDivisionError" in found.text


async def test_other_words_of_the_same_error_are_the_same_failure(tmp_path: Path) -> None:
    packet = await packed(tmp_path, *BROKEN)

    found = await replayed(tmp_path, packet, **mended('{}["nothing"]', '{}["other"]'))

    assert found.occurs, found.text


async def test_a_changed_prompt_says_nothing_about_the_failure(tmp_path: Path) -> None:
    packet = await packed(tmp_path, *BROKEN)

    found = await replayed(tmp_path, packet, **mended("Read {letter}.", "Study {letter}.", "agent"))

    assert (found.occurs, found.is_mended) == (False, False)
    assert "only a new run can show" in found.text


async def test_a_run_full_of_secrets_is_reproduced_without_them(tmp_path: Path) -> None:
    with_key = mended("Read {letter}.", f"Read {{letter}} with {KEY}.", "agent")
    write_package(tmp_path / "first", "clerk", CLERK, **with_key)
    script = [call("look_up", who=KEY), call("look_up", who=KEY), *BROKEN[1:]]

    packet = await packed(tmp_path, *script, letter=f"pay {KEY}, password=Tr0ub4dor&3")
    found = await replayed(tmp_path, packet, **with_key)

    assert KEY not in packet.model_dump_json()
    assert found.occurs, found.text


async def test_a_packet_without_its_journal_cannot_be_replayed(tmp_path: Path) -> None:
    packet = (await packed(tmp_path, *BROKEN)).model_copy(update={"journal": [], "left_out": "Too large."})

    with pytest.raises(PacketError, match=r"no journal to replay\. Too large"):
        await replayed(tmp_path, packet)


async def test_a_secret_of_the_package_is_not_told_in_a_difference(tmp_path: Path) -> None:
    packet = await packed(tmp_path, *BROKEN)

    found = await replayed(
        tmp_path, packet, **mended("Read {letter}.", f"Use {KEY} for {{letter}}.", "agent")
    )

    assert KEY not in found.text
    assert "[secret]" in found.text


def test_the_check_of_a_written_test_fails_while_the_run_does(tmp_path: Path) -> None:
    asyncio.run(packed(tmp_path, *BROKEN))
    folder = write_package(tmp_path, "clerk", CLERK)

    with pytest.raises(AssertionError, match="reproduced: KeyError at node 'settle'"):
        check_failure_is_over(tmp_path / "run.packet.json", folder)


async def test_a_rejected_run_is_packed_with_the_reason(tmp_path: Path) -> None:
    script = ScriptedProvider([call("set_output", key="label", value="bill"), "Done."])
    runner, result = await run_clerk(tmp_path, script)
    assert result.success
    await reject_stored(runner.journal, "run", f"Wrong bank, password={KEY}")

    packet = await build_packet(runner.journal, "run")
    found = await replayed(tmp_path, packet)

    assert (packet.failure.category, packet.failure.rule) == ("reasoning", "rejected")
    assert packet.failure.error == "RunRejected"
    assert str(packet.feedback[0].said).startswith("Wrong bank")
    assert KEY not in packet.model_dump_json()
    assert found.occurs, found.text


async def test_a_packet_whose_content_was_changed_is_refused(tmp_path: Path) -> None:
    packet = await packed(tmp_path, *BROKEN)
    changed = packet.model_copy(update={"blobs": dict.fromkeys(packet.blobs, '"other"')})

    with pytest.raises(PacketError, match="was changed"):
        await replayed(tmp_path, changed)


async def test_a_function_that_dials_cannot_be_reproduced_and_that_is_said(tmp_path: Path) -> None:
    dialling = "import socket\n\n\n" + CLERK["functions.py"].replace(
        '{}["nothing"]', 'socket.create_connection(("127.0.0.1", 9), 1)'
    )
    write_package(tmp_path / "first", "clerk", CLERK, functions=dialling)
    packet = await packed(tmp_path, *BROKEN)
    assert packet.failure.category == "infrastructure"

    found = await replayed(tmp_path, packet, functions=dialling)

    assert (found.occurs, found.is_mended) == (False, False)
    assert "reaches for the network, which a replay refuses" in found.text


async def test_a_quicker_function_mends_a_failure_for_want_of_time(tmp_path: Path) -> None:
    limited = CLERK["agent.py"].replace("function=settle,", "function=settle, timeout_s=0.2,")
    slow = (
        "import asyncio\n\n\nasync def settle(letter, label):\n    await asyncio.sleep({})\n    return {}\n"
    )
    done = '{"done": "paid"}'
    write_package(tmp_path / "first", "clerk", CLERK, agent=limited, functions=slow.format(60, done))
    packet = await packed(tmp_path, *BROKEN)
    assert packet.failure.error == "NodeTimeoutError"

    same = await replayed(tmp_path, packet, agent=limited, functions=slow.format(60, done))
    quicker = await reproduce(
        packet,
        load_package(
            write_package(tmp_path / "third", "clerk", CLERK, agent=limited, functions=slow.format(0, done))
        ),
    )

    assert same.occurs, same.text
    assert quicker.is_mended, quicker.text


async def test_a_packet_cannot_choose_the_folder_that_is_written_to(tmp_path: Path) -> None:
    packet = (await packed(tmp_path, *BROKEN)).model_copy(update={"run_id": "../../escaped"})

    with pytest.raises(PacketError, match="cannot be called"):
        await replayed(tmp_path, packet)
