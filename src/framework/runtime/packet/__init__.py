"""Failure packets: a failed run in one file, without its secrets, enough to fail again elsewhere."""

from framework.runtime.packet.build import build_packet
from framework.runtime.packet.category import Category
from framework.runtime.packet.file import read_packet, write_packet
from framework.runtime.packet.model import FORMAT, Packet
from framework.runtime.packet.reproduce import Reproduction, reproduction_of

__all__ = [
    "FORMAT",
    "Category",
    "Packet",
    "Reproduction",
    "build_packet",
    "read_packet",
    "reproduction_of",
    "write_packet",
]
