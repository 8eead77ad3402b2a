"""A formatter of logs that keeps secrets out of them."""

from __future__ import annotations

import logging

from framework.credentials.tracked import current_credentials
from framework.tools.context import context_if_serving
from framework.tools.machine_secrets import without_machine_secrets


class RedactingFormatter(logging.Formatter):
    """Formats as ``logging.Formatter`` does, without any secret.

    It sees what a node or a tool, or a library they use, logs during a run: a request's address with a
    key in it, for example. The run's own data has secrets, too: what stands under names such as
    ``password``.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and the traceback, of a record."""
        text = super().format(record)
        context = context_if_serving()
        text = text if context is None else context.credentials.redacted(text)
        text = current_credentials().failure_text(text)
        return without_machine_secrets(text)
