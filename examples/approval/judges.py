"""The judges: a person's decision is theirs word for word, and a message counts as sent when it was sent."""

from __future__ import annotations

from framework.graph import JudgeContext, JudgeVerdict

from .config import APPROVE, CHANGE, OPTIONS, REJECT

_ASK = (
    f"Call ask_user with the options {', '.join(OPTIONS)}, and the whole draft, unchanged, in the question."
)


class PersonDecided:
    """Accepts a decision only if a person took it, having read the draft."""

    async def evaluate(self, context: JudgeContext) -> JudgeVerdict:
        """Hold the decision against the person's last answer."""
        if not context.exchanges:
            return JudgeVerdict("RETRY", f"Nobody was asked yet. {_ASK}")
        last = context.exchanges[-1]
        outputs = context.outputs
        problem = _problem(str(outputs["decision"]), str(outputs.get("change") or ""), last.answer)
        if not problem and outputs["decision"] == "approve" and not _holds(last.question, _draft(context)):
            problem = f"The person approved without seeing the whole draft. {_ASK}"
        return JudgeVerdict("RETRY", problem) if problem else JudgeVerdict("ACCEPT")


class WasSent:
    """Accepts a receipt only in a turn that called the tool."""

    async def evaluate(self, context: JudgeContext) -> JudgeVerdict:
        """Look for the call; calling again is harmless, as a run sends one message at most."""
        if any(call["name"] == "send_announcement" for call in context.tool_calls):
            return JudgeVerdict("ACCEPT")
        return JudgeVerdict("RETRY", "Nothing was sent. Call send_announcement, then set the receipt.")


def _problem(decision: str, change: str, answer: str) -> str:
    """Return why the answer does not carry the decision; empty if it does."""
    said = answer.strip().casefold()
    if said == CHANGE.casefold():
        return "The person wants a change. Ask with ask_user what to change, without options."
    for option, name in ((APPROVE, "approve"), (REJECT, "reject")):
        if said == option.casefold():
            return "" if decision == name else f"The person said {answer!r}: set decision to {name!r}."
    if decision != "change":
        return (
            f"The person said {answer!r}, which neither approves nor rejects. If it is a remark, set "
            f"decision to 'change' and change to their words; if it is unclear, ask again. {_ASK}"
        )
    return "" if _holds(change, answer) else f"Set change to the person's own words: {answer!r}."


def _draft(context: JudgeContext) -> str:
    return str(context.inputs["draft"])


def _holds(text: str, part: str) -> bool:
    """Whether the text holds the part, whatever the line breaks and spaces."""
    return " ".join(part.split()) in " ".join(text.split())
