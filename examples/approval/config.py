"""What can be set: the model, the answers a person chooses from, and the limits of one run."""

from __future__ import annotations

from framework.config import RuntimeConfig

APPROVE, CHANGE, REJECT = "Approve", "Change", "Reject"
OPTIONS = (APPROVE, CHANGE, REJECT)

MOST_DRAFTS = 5
"""Drafts of one run; a change asked for after the last one fails the run."""

FEWEST_DRAFT_CHARS, MOST_DRAFT_CHARS = 20, 1_500
MOST_FACT_CHARS = 8_000

default_config = RuntimeConfig(temperature=0.3)

metadata = {
    "name": "Approval",
    "version": "1.0.0",
    "description": "Drafts an announcement, shows it to a person, and sends exactly what was approved.",
}
