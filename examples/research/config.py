"""What can be set: the model, and how often a person may send the research back."""

from __future__ import annotations

from framework.config import RuntimeConfig

MOST_ROUNDS = 3
"""Rounds of research; after the last one the report is written from what there is."""

MOST_FINDINGS_CHARS = 12_000
MOST_REPORT_CHARS = 20_000

default_config = RuntimeConfig(temperature=0.3)

metadata = {
    "name": "Research",
    "version": "1.0.0",
    "description": "Asks what is wanted, reads the web, has a person review the findings, and reports.",
}
