"""What the model is told, and the sorted tickets it learns from.

A small model follows examples rather than explanations, so the prompts are
short; the examples show the call that is wanted. Larger models read the
meaning of each word in ``MEANING``, which the output's schema carries.
Replace the examples by tickets that your own team sorted.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

CLASSIFY = "You sort support tickets."
PRIORITISE = "You say how urgent support tickets are."
SUMMARISE = "You say in a few words what a support ticket is about. Use the words of the ticket."

MEANING = {
    "category": (
        "billing: payments, refunds, invoices, prices; bug: the product fails or shows errors; "
        "account: sign-in, password, profile; shipping: parcels, delivery; other: anything else"
    ),
    "urgency": "high: blocked or losing money now; low: a question, or no hurry; normal: anything else",
    "summary": "what the customer needs, in a few words of the ticket",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A ticket with the answers a person gave."""

    ticket: str
    category: str
    summary: str
    urgency: str


EXAMPLES = (
    Example(
        ticket="Refund. I cancelled the plan and you still took money from my card.",
        category="billing",
        summary="money taken after cancelling the plan",
        urgency="normal",
    ),
    Example(
        ticket="Office. Where in the city is your office?",
        category="other",
        summary="asks where the office is",
        urgency="low",
    ),
    Example(
        ticket="Sign in. I forgot my password and cannot sign in.",
        category="account",
        summary="forgot the password and cannot sign in",
        urgency="high",
    ),
    Example(
        ticket="Search freezes. The page shows an error when I search.",
        category="bug",
        summary="search shows an error",
        urgency="normal",
    ),
    Example(
        ticket="Late parcel. The courier never came with my order.",
        category="shipping",
        summary="courier never came with the order",
        urgency="normal",
    ),
)


def shown(key: str) -> str:
    """Return the examples of one output, each with the call that sets it."""
    told = [f"ticket: {example.ticket}\n{_call(key, getattr(example, key))}" for example in EXAMPLES]
    return "\n\n".join(["The team sorted these tickets.", *told])


def _call(key: str, value: str) -> str:
    return json.dumps({"tool": "set_output", "arguments": {"key": key, "value": value}})
