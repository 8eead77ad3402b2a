"""Agent packages written into a folder, for tests that run them from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """\
from framework.graph import Constraint, EdgeCondition, EdgeSpec, Goal, NodeSpec, SuccessCriterion

goal = Goal(id="goal", name="Greet", success_criteria=[
    SuccessCriterion(id="hello", metric="output_contains", target="Hello")])
edges = []
entry_points = {}
pause_nodes = []
"""

GREETER = """\
def greet(name):
    print("printed by the node")
    return {"greeting": f"Hello {name}"}


nodes = [
    NodeSpec(id="greet", node_type="function", input_keys=["name"], output_keys=["greeting"], function=greet),
]
entry_node = "greet"
terminal_nodes = ["greet"]
"""

WRITER = """\
ok = EdgeCondition.ON_SUCCESS
nodes = [
    NodeSpec(id="plan", output_keys=["topic"], system_prompt="Plan."),
    NodeSpec(id="left", input_keys=["topic"], output_keys=["a"], system_prompt="Left: {topic}"),
    NodeSpec(id="right", input_keys=["topic"], output_keys=["b"], system_prompt="Right: {topic}"),
    NodeSpec(id="write", input_keys=["a", "b"], output_keys=["text"], system_prompt="Write."),
]
edges = [
    EdgeSpec(id="to-left", source="plan", target="left", condition=ok),
    EdgeSpec(id="to-right", source="plan", target="right", condition=ok),
    EdgeSpec(id="left-done", source="left", target="write", condition=ok),
    EdgeSpec(id="right-done", source="right", target="write", condition=ok),
]
entry_node = "plan"
terminal_nodes = ["write"]
"""

SLOW = """\
import time
from pathlib import Path


def work(flag):
    Path(flag).touch()
    time.sleep(60)
    return {"done": True}


nodes = [NodeSpec(id="work", node_type="function", input_keys=["flag"], output_keys=["done"], function=work)]
entry_node = "work"
terminal_nodes = ["work"]
"""

STARTER = """\
import subprocess


def work(line):
    if line:
        subprocess.run(line, shell=True)
    return {"done": True}


nodes = [NodeSpec(id="work", node_type="function", input_keys=["line"], output_keys=["done"], function=work)]
entry_node = "work"
terminal_nodes = ["work"]
"""

TALKER = """\
nodes = [NodeSpec(id="talk", client_facing=True, input_keys=[], output_keys=["topic"], system_prompt="Ask.")]
entry_node = "talk"
terminal_nodes = ["talk"]
"""

BROKEN = """\
nodes = [
    NodeSpec(id="first", output_keys=["a"], tools=["no_such_tool"]),
    NodeSpec(id="island", input_keys=["b"], output_keys=["c"]),
]
edges = [EdgeSpec(id="nowhere", source="first", target="missing", condition=EdgeCondition.ON_SUCCESS)]
entry_node = "first"
terminal_nodes = ["first"]
"""

FAILING = """\
def fail(name):
    raise ValueError("the moon is \\x1b[31mred")


nodes = [
    NodeSpec(id="fail", node_type="function", function=fail, input_keys=["name"], max_retries=1),
]
entry_node = "fail"
terminal_nodes = ["fail"]
"""


def write_package(folder: Path, name: str, body: str) -> Path:
    """Write a package ``name`` below ``folder`` whose agent.py defines what ``body`` says."""
    package = folder / name
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "agent.py").write_text(HEAD + "\n\n" + body)
    return package


TRIGGERED = """\
from framework.runtime.execution_stream import EntryPointSpec


def greet(name):
    return {"greeting": f"Hello {name}"}


def sweep():
    return {"swept": True}


nodes = [
    NodeSpec(id="greet", node_type="function", input_keys=["name"], output_keys=["greeting"], function=greet),
    NodeSpec(id="sweep", node_type="function", output_keys=["swept"], function=sweep),
]
entry_node = "greet"
terminal_nodes = ["greet", "sweep"]
triggers = [
    EntryPointSpec("hook", "Orders", "greet", "webhook", {"path": "/hooks/orders", "secret": "HOOK_SECRET"}),
    EntryPointSpec("nightly", "Sweep", "sweep", "cron", {"cron": "0 3 * * *"}),
]
"""

PAIR = """\
def join(first, second):
    return {"joined": f"{first} and {second}"}


nodes = [
    NodeSpec(
        id="join",
        node_type="function",
        input_keys=["first", "second"],
        output_keys=["joined"],
        function=join,
    ),
]
entry_node = "join"
terminal_nodes = ["join"]
"""

WAITER = """\
import asyncio
from pathlib import Path


async def work(flag):
    Path(flag).touch()
    await asyncio.Event().wait()


nodes = [NodeSpec(id="work", node_type="function", input_keys=["flag"], output_keys=["done"], function=work)]
entry_node = "work"
terminal_nodes = ["work"]
"""

SCRIPTED_MAIN = """\
from framework.entry import main
from framework.llm.scripted import ScriptedProvider, call

SCRIPT = [
    "Hello. What about?",
    (call("ask_user", question="Which colour?", options=["red", "blue"]),),
    call("set_output", key="topic", value="bees"),
    "Done.",
]
raise SystemExit(main(__file__, llm=ScriptedProvider(SCRIPT)))
"""

SERVED = """\
import asyncio
from pathlib import Path

from framework.runtime.execution_stream import EntryPointSpec


async def work(name, flag=""):
    if flag:
        Path(flag).touch()
        await asyncio.Event().wait()
    return {"greeting": f"Hello {name}"}


nodes = [
    NodeSpec(
        id="work",
        node_type="function",
        input_keys=["name", "flag"],
        output_keys=["greeting"],
        nullable_output_keys=["flag"],
        function=work,
    ),
]
entry_node = "work"
terminal_nodes = ["work"]
triggers = [
    EntryPointSpec("hook", "Hook", "work", "webhook", {"path": "/hooks/x", "secret": "HOOK_SECRET"}),
    EntryPointSpec("open", "Open", "work", "webhook", {"path": "/open", "secret": None}, "isolated"),
    EntryPointSpec("tick", "Tick", "work", "timer", {"interval_s": 3600, "input": {"name": "clock"}}),
]
"""


CHARGER = """\
from framework.errors import CallInDoubtError

ok = EdgeCondition.ON_SUCCESS


def charge():
    raise CallInDoubtError("the line is dead")


nodes = [
    NodeSpec(id="start", node_type="function", function=lambda: None),
    NodeSpec(id="left", node_type="function", output_keys=["a"], function=charge, effect="once"),
    NodeSpec(id="right", node_type="function", output_keys=["b"], function=charge, effect="once"),
    NodeSpec(id="end", node_type="function", input_keys=["a", "b"], output_keys=["text"],
             function=lambda a, b: f"Hello {a} and {b}"),
]
edges = [
    EdgeSpec(id="to-left", source="start", target="left", condition=ok),
    EdgeSpec(id="to-right", source="start", target="right", condition=ok),
    EdgeSpec(id="left-end", source="left", target="end", condition=ok),
    EdgeSpec(id="right-end", source="right", target="end", condition=ok),
]
entry_node = "start"
terminal_nodes = ["end"]
"""

PATIENT = """\
import time
from pathlib import Path


def work(flag, go):
    Path(flag).touch()
    while not Path(go).exists():
        time.sleep(0.01)
    return {"worked": True}


nodes = [
    NodeSpec(id="work", node_type="function", input_keys=["flag", "go"], output_keys=["worked"],
             function=work),
    NodeSpec(id="last", node_type="function", input_keys=["worked"], output_keys=["text"],
             function=lambda worked: "Hello"),
]
edges = [EdgeSpec(id="on", source="work", target="last", condition=EdgeCondition.ON_SUCCESS)]
entry_node = "work"
terminal_nodes = ["last"]
"""

CHARGE_THEN_WAIT = """\
import time
from pathlib import Path

from framework.errors import CallInDoubtError


def charge():
    raise CallInDoubtError("the line is dead")


def work(flag, go, a):
    Path(flag).touch()
    while not Path(go).exists():
        time.sleep(0.01)
    return {"text": f"Hello {a}"}


nodes = [
    NodeSpec(id="charge", node_type="function", output_keys=["a"], function=charge, effect="once"),
    NodeSpec(id="work", node_type="function", input_keys=["flag", "go", "a"], output_keys=["text"],
             function=work),
]
edges = [EdgeSpec(id="on", source="charge", target="work", condition=EdgeCondition.ON_SUCCESS)]
entry_node = "charge"
terminal_nodes = ["work"]
"""

PAYER = """\
nodes = [NodeSpec(id="pay", output_keys=["text"], tools=["pay"], system_prompt="Pay.")]
entry_node = "pay"
terminal_nodes = ["pay"]
"""

PAYER_TOOLS = """\
from framework.runner import tool


@tool(risk="high")
def pay(cents: int) -> str:
    \"\"\"Pay.\"\"\"
    return f"Hello, paid {cents}"
"""
