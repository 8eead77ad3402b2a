"""A DNS server on 127.0.0.1 that changes its answers, and a resolver that asks it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dnslib import QTYPE, RR, A, DNSRecord
from dnslib.dns import AAAA

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence


@dataclass
class LyingDns(asyncio.DatagramProtocol):
    """``answers`` holds, by name, the addresses of the first answer, the second and so on; the last stays."""

    answers: dict[str, list[list[str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    port: int = 0

    def connection_made(self, transport: Any) -> None:
        self.transport: asyncio.DatagramTransport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        question = DNSRecord.parse(data)
        name = str(question.q.qname).rstrip(".")
        self.asked.append(name)
        planned = self.answers.get(name, [[]])
        addresses = planned.pop(0) if len(planned) > 1 else planned[0]
        reply = question.reply()
        for address in addresses:
            kind, data_type = (AAAA, QTYPE.AAAA) if ":" in address else (A, QTYPE.A)
            reply.add_answer(RR(name, data_type, rdata=kind(address), ttl=0))
        self.transport.sendto(reply.pack(), addr)

    async def resolve(self, host: str) -> Sequence[str]:
        """Ask this server over UDP, as a resolver that keeps nothing does."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[bytes] = loop.create_future()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Client(answer), remote_addr=("127.0.0.1", self.port)
        )
        try:
            transport.sendto(DNSRecord.question(host).pack())
            reply = DNSRecord.parse(await asyncio.wait_for(answer, 5))
        finally:
            transport.close()
        return [str(record.rdata) for record in reply.rr]


class _Client(asyncio.DatagramProtocol):
    def __init__(self, answer: asyncio.Future[bytes]) -> None:
        self.answer = answer

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if not self.answer.done():
            self.answer.set_result(data)


@asynccontextmanager
async def lying_dns() -> AsyncIterator[LyingDns]:
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(LyingDns, local_addr=("127.0.0.1", 0))
    server.port = transport.get_extra_info("sockname")[1]
    try:
        yield server
    finally:
        transport.close()
