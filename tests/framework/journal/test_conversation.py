"""Conversations as chains: equal histories have equal heads."""

from __future__ import annotations

from framework.journal.conversation import EMPTY_HEAD, ConversationChain, Counted
from framework.model.message import Message, Role

HELLO = Message(Role.USER, "hello")
HI = Message(Role.ASSISTANT, "hi")
BYE = Message(Role.USER, "bye")


def test_an_empty_conversation_has_the_empty_head() -> None:
    chain = ConversationChain()

    assert (chain.head, chain.messages(), chain.characters, len(chain)) == (EMPTY_HEAD, (), 0, 0)


def test_the_head_depends_on_every_message_and_their_order() -> None:
    histories = [(HELLO,), (HI,), (HELLO, HI), (HI, HELLO), (HELLO, HI, BYE)]

    assert len({ConversationChain(messages).head for messages in histories}) == len(histories)
    assert ConversationChain((HELLO, HI)).head == ConversationChain([HELLO, HI]).head


def test_rewinding_is_as_if_nothing_had_come_after() -> None:
    chain = ConversationChain((HELLO,))
    mark = chain.mark()
    chain.add(HI)
    chain.rewind(mark)

    assert (chain.messages(), chain.head) == ((HELLO,), ConversationChain((HELLO,)).head)
    assert chain.characters == ConversationChain((HELLO,)).characters


def test_a_count_belongs_to_the_place_where_it_was_made() -> None:
    chain = ConversationChain((HELLO,))
    chain.counted = Counted(7, 30)
    mark = chain.mark()
    twin = chain.copy()
    chain.counted = Counted(9, 40)

    chain.rewind(mark)

    assert chain.counted == twin.counted == Counted(7, 30)


def test_a_copy_goes_its_own_way() -> None:
    chain = ConversationChain((HELLO,))
    twin = chain.copy()
    twin.add(HI)
    chain.add(BYE)

    assert twin.messages() == (HELLO, HI)
    assert chain.messages() == (HELLO, BYE)
    assert twin.head == ConversationChain((HELLO, HI)).head
