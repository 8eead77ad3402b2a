"""What can be set: the model, the categories, and the limits of one run."""

from __future__ import annotations

from framework.config import RuntimeConfig

CATEGORIES = ("billing", "bug", "account", "shipping", "other")
URGENCIES = ("high", "normal", "low")

MOST_TICKETS = 50
MOST_FILE_BYTES = 2_000_000
MOST_TICKET_CHARS = 1_200
"""Characters of one ticket that the model reads; what is longer is cut off there."""

FEWEST_SUMMARY_CHARS, MOST_SUMMARY_CHARS = 4, 60
MOST_REDOS = 1
"""Times the review sends one ticket back; after that a person gets it."""

LEAST_GROUNDED = 0.6
"""Share of a summary's words that must stand in its ticket."""

# The model comes from the settings of the machine. Sorting needs no fancy: temperature 0.
default_config = RuntimeConfig(temperature=0.0)

metadata = {
    "name": "Support triage",
    "version": "1.0.0",
    "description": "Sorts a CSV file of support tickets and writes a report.",
}
