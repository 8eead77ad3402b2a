"""The webhooks of an agent, ready to receive: each with its gate and its entry point."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from framework.runtime.entry_point import EntryPointSpec, TriggerType
from framework.runtime.webhook import WebhookGate, read_webhook
from hive.errors import CannotServeError
from hive.listening import is_loopback

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping, Sequence

    from framework.packages import AgentPackage
    from framework.runtime.webhook import Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """One webhook.

    Attributes:
        spec: the entry point whose runs it starts.
        gate: decides on deliveries.
        reads: the keys of a delivery that become input: those that some node of the agent reads.
        turns: the locks of deliveries under way, by each key that makes two of them the same.
    """

    spec: EntryPointSpec
    gate: WebhookGate
    reads: frozenset[str]
    turns: WeakValueDictionary[str, asyncio.Lock] = field(
        default_factory=WeakValueDictionary[str, asyncio.Lock]
    )

    @asynccontextmanager
    async def turn(self, delivery: Delivery) -> AsyncGenerator[None]:
        """Let one of several deliveries of the same in at a time, so that the others find its run."""
        async with AsyncExitStack() as turns:
            for key in delivery.keys:
                await turns.enter_async_context(self.turns.setdefault(key, asyncio.Lock()))
            yield

    def input_of(self, delivered: Mapping[str, Any]) -> dict[str, Any]:
        """Return the part of a delivery that the agent reads."""
        return {key: value for key, value in delivered.items() if key in self.reads}


def hooks_of(package: AgentPackage, credentials: Callable[[str], str | None], host: str) -> list[Hook]:
    """Return the webhooks of a package that is to be served at ``host``.

    Raises:
        SpecError: if a webhook is described wrongly, or the credential that signs it is not set.
        CannotServeError: if the package has no triggers, or an unsigned webhook would be open to others.
    """
    if not any(_is_served(spec) for spec in package.triggers):
        raise CannotServeError(
            f"{package.name} lists no webhook or timer, so there is nothing to serve; "
            "list them in its agent.py: triggers = [EntryPointSpec(...)]."
        )
    reads = frozenset(key for node in package.graph.nodes for key in node.input_keys)
    hooks = [
        _hook(spec, credentials, reads)
        for spec in package.triggers
        if spec.trigger_type == TriggerType.WEBHOOK
    ]
    unsigned = [hook.gate.config.path for hook in hooks if hook.gate.config.secret is None]
    if unsigned and not is_loopback(host):
        raise CannotServeError(
            f"The webhook {unsigned[0]!r} takes unsigned deliveries, which only this machine may send; "
            "give it a secret, or serve it with --host 127.0.0.1."
        )
    return hooks


def timed(specs: Sequence[EntryPointSpec]) -> list[EntryPointSpec]:
    """Return the entry points that a clock starts."""
    return [spec for spec in specs if TriggerType(spec.trigger_type).is_timed]


def _is_served(spec: EntryPointSpec) -> bool:
    return spec.trigger_type == TriggerType.WEBHOOK or spec in timed([spec])


def _hook(spec: EntryPointSpec, credentials: Callable[[str], str | None], reads: frozenset[str]) -> Hook:
    config = read_webhook(spec.trigger_config)
    secret = credentials(config.secret) if config.secret is not None else None
    return Hook(spec=spec, gate=WebhookGate(config, secret), reads=reads)
