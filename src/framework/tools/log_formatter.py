"""A formatter of logs that keeps the credentials of the tool being called out of them."""

from __future__ import annotations

import logging

from framework.tools.context import context_if_serving


class RedactingFormatter(logging.Formatter):
    """Formats as ``logging.Formatter`` does, without the credentials given to the run.

    It sees what a tool, or a library the tool uses, logs during a call: a request's address with a key in
    it, for example.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and the traceback, of a record."""
        text = super().format(record)
        context = context_if_serving()
        return text if context is None else context.credentials.redacted(text)
