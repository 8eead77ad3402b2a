"""The conversation of a node with its model."""

from framework.journal.conversation import ConversationChain as NodeConversation

__all__ = ["NodeConversation"]
