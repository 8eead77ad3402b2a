"""How a service is reached."""

from __future__ import annotations

from dataclasses import dataclass, field

from framework.llm.remote.vendors import Vendor

NO_KEY = "none"
"""Given to libraries that insist on a key where there is none; it is never sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Where a service is and what it gets to see; ``timeout_s`` are the seconds it may stay silent."""

    vendor: Vendor
    address: str
    key: str = field(repr=False)
    timeout_s: float

    @property
    def is_vendors_own(self) -> bool:
        """Whether the address is the vendor's own."""
        return self.address == self.vendor.address
