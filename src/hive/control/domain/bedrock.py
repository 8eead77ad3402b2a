"""How Amazon Bedrock names models: perhaps a region, a vendor, the model, and a version. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

_NAME = re.compile(r"(?:[a-z][a-z-]*\.)?[a-z][a-z0-9]*\.[a-z]")
_VERSION = re.compile(r"(?:-\d{8})?(?:-v\d+)?(?::\d+)?(?::\d+k)?")


def is_bedrock_name(name: str) -> bool:
    """Whether a name in lower case begins with a vendor, or a region and a vendor, as Bedrock writes them."""
    return _NAME.match(name) is not None


class Listing(NamedTuple):
    """What a name of Bedrock has to hold to have a price.

    Attributes:
        text: the model, with its vendor and perhaps a region.
        is_beginning: whether the name has to begin with that; else a region may stand before.
    """

    text: str
    is_beginning: bool

    def fits(self, name: str) -> bool:
        """Whether ``name`` is of this model: nothing but a version may follow, or it is another one."""
        before, found, after = name.rpartition(self.text)
        if not found or _VERSION.fullmatch(after) is None:
            return False
        return not before or (not self.is_beginning and before.endswith("."))
