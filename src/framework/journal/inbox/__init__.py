"""A run's inbox: what other processes have to say to the one that runs it."""

from framework.journal.inbox.base import (
    MAX_MESSAGE_BYTES,
    MAX_MESSAGES,
    Holder,
    Inbox,
    InboxMessage,
    MessageKind,
)
from framework.journal.inbox.files import FileInbox

__all__ = ["MAX_MESSAGES", "MAX_MESSAGE_BYTES", "FileInbox", "Holder", "Inbox", "InboxMessage", "MessageKind"]
