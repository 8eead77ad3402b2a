from __future__ import annotations

import io
import logging

from framework.credentials import MemoryCredentials, TrackedCredentials
from framework.model.tool import ToolUse
from framework.tools import RedactingFormatter, ToolContext, call_tool, current_tool_context

CONTEXT = ToolContext(
    credential_names=("KEY",), credentials=TrackedCredentials(MemoryCredentials({"KEY": "value of it"}))
)


async def test_what_a_tool_logs_by_itself_is_without_its_credential() -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(RedactingFormatter("%(name)s: %(message)s"))
    log = logging.getLogger("tests.some_library")
    log.addHandler(handler)

    def execute(use: ToolUse) -> str:
        log.warning("GET https://host/?key=%s", current_tool_context().credential("KEY"))
        return "done"

    await call_tool(execute, ToolUse("1", "t", {}), timeout_s=5, context=CONTEXT)
    log.warning("outside a call")
    log.removeHandler(handler)

    assert written.getvalue().splitlines() == [
        "tests.some_library: GET https://host/?key=[credential KEY]",
        "tests.some_library: outside a call",
    ]
