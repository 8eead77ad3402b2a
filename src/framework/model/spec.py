"""What all specs share: unknown fields are kept, and reported by validation."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Spec(BaseModel):
    """A piece of a graph as a person or a model wrote it."""

    model_config = ConfigDict(
        extra="allow", arbitrary_types_allowed=True, protected_namespaces=(), defer_build=True
    )

    def unknown_fields(self) -> tuple[str, ...]:
        """Return the names of the fields that no rule reads, in the order given."""
        return tuple(self.model_extra or ())
