"""``python -m research``: run and inspect this agent."""

from framework.entry import main

raise SystemExit(main(__file__))
