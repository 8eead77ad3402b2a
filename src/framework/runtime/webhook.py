"""Webhooks: whether a delivery is genuine, fresh, new and usable. Pure checks, no HTTP server."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from framework.credentials.base import check_name
from framework.errors import CredentialError, SpecError, WebhookRefusedError

if TYPE_CHECKING:
    from typing import NoReturn

_SIGNATURE_PREFIX = "sha256="
_DELIVERIES_KEPT = 10_000
_LONGEST_DELIVERY_ID = 200

_Header = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$")]


class WebhookConfig(BaseModel):
    """The ``trigger_config`` of a webhook entry point.

    Attributes:
        path: where deliveries come in, for example ``/hooks/orders``.
        secret: name of the credential that signs them; None takes unsigned ones, on this machine only.
        signature_header: carries ``sha256=`` and the HMAC-SHA256 of the raw body, in hexadecimal.
        methods: the HTTP methods it takes.
        timestamp_header: carries seconds since 1970; then the signature is over ``TIMESTAMP.BODY``.
        tolerance_s: how far that time may be off.
        delivery_header: carries an id of the delivery; the same id starts no second run.
        max_body_bytes: largest body.
        input_key: the input key that gets the whole body; by default its own keys are the input.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    path: str = Field(pattern=r"^/[A-Za-z0-9_.~/-]*$")
    secret: Annotated[str, Field(min_length=1)] | None
    signature_header: _Header = "X-Hub-Signature-256"
    methods: tuple[Literal["POST", "PUT"], ...] = Field(("POST",), min_length=1)
    timestamp_header: _Header | None = None
    tolerance_s: float = Field(300.0, gt=0)
    delivery_header: _Header | None = None
    max_body_bytes: int = Field(1_000_000, gt=0)
    input_key: str | None = None


WEBHOOK_KEYS = frozenset(WebhookConfig.model_fields)
"""What the ``trigger_config`` of a webhook entry point may hold."""


def read_webhook(config: Mapping[str, Any]) -> WebhookConfig:
    """Return the webhook that a ``trigger_config`` describes.

    Raises:
        SpecError: saying what to mend.
    """
    if "secret" not in config:
        raise SpecError(
            "A webhook needs 'secret', the name of the credential that signs its deliveries; "
            "'secret': None takes unsigned ones, on this machine only."
        )
    try:
        read = WebhookConfig.model_validate(config)
        if read.secret is not None:
            check_name(read.secret)
    except CredentialError as error:
        raise SpecError(f"A webhook's 'secret' is the name of a credential. {error}") from error
    except ValidationError as error:
        wrong = "; ".join(f"{item['loc'][0]!r}: {item['msg']}" for item in error.errors())
        raise SpecError(f"A webhook is described wrongly: {wrong}.") from error
    return read


def sign(secret: str, body: bytes, timestamp: str | None = None) -> str:
    """Return the signature header's value for a body, as the sender makes it."""
    signed = body if timestamp is None else timestamp.encode() + b"." + body
    return _SIGNATURE_PREFIX + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


class WebhookGate:
    """Decides on the deliveries to one webhook; remembers the last ones, so that none counts twice."""

    def __init__(self, config: WebhookConfig, secret: str | None) -> None:
        """Check against ``secret``; None only where the configuration takes unsigned deliveries.

        Raises:
            SpecError: if the credential that signs is not set.
        """
        if config.secret is not None and not secret:
            raise SpecError(
                f"The webhook {config.path!r} is signed with the credential {config.secret!r}, "
                f"which is not set; set it with: hive credentials set {config.secret}"
            )
        self.config = config
        self._secret = secret if config.secret is not None else None
        self._seen: OrderedDict[str, str] = OrderedDict()

    def check(self, headers: Mapping[str, str], body: bytes, epoch_s: float) -> Delivery:
        """Return what a genuine delivery holds.

        Args:
            headers: of the request, names in lower case.
            body: as it came.
            epoch_s: the time now, in seconds since 1970.

        Raises:
            WebhookRefusedError: with the HTTP status that says why.
        """
        if len(body) > self.config.max_body_bytes:
            raise WebhookRefusedError(
                f"The body is larger than {self.config.max_body_bytes} bytes.", status=413
            )
        signature = self._genuine(headers, body, epoch_s)
        media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != "application/json" and not media_type.endswith("+json"):
            raise WebhookRefusedError("The body must be JSON, with the type application/json.", status=415)
        return Delivery(input_data=self._input(body), keys=self._keys(headers, signature))

    def run_of(self, delivery: Delivery) -> str | None:
        """Return the run that this delivery started before, None if it is new."""
        return next((self._seen[key] for key in delivery.keys if key in self._seen), None)

    def remember(self, delivery: Delivery, run_id: str) -> None:
        """Know a delivery again."""
        self._seen |= dict.fromkeys(delivery.keys, run_id)
        while len(self._seen) > _DELIVERIES_KEPT * len(delivery.keys):
            self._seen.popitem(last=False)

    def _genuine(self, headers: Mapping[str, str], body: bytes, epoch_s: float) -> str:
        """Check time and signature; return the signature."""
        if self._secret is None:
            return ""
        timestamp = None
        if self.config.timestamp_header is not None:
            timestamp = headers.get(self.config.timestamp_header.lower(), "")
            _check_time(timestamp, epoch_s, self.config.tolerance_s)
        given = headers.get(self.config.signature_header.lower(), "").strip()
        wanted = sign(self._secret, body, timestamp)
        if not given.startswith(_SIGNATURE_PREFIX):
            given = _SIGNATURE_PREFIX + given
        if not hmac.compare_digest(given.encode("utf-8", "replace").lower(), wanted.encode()):
            raise WebhookRefusedError("The signature is missing or wrong.", status=401)
        return wanted if timestamp is not None else ""

    def _keys(self, headers: Mapping[str, str], signature: str) -> tuple[str, ...]:
        """Return what tells a delivery from others: the sender's id, and the signature over time and body.

        The id is not signed, so it alone would let a captured delivery in again.
        """
        header = self.config.delivery_header
        delivery_id = headers.get(header.lower(), "").strip() if header else ""
        if header and not 0 < len(delivery_id) <= _LONGEST_DELIVERY_ID:
            raise WebhookRefusedError(f"The header {header} must carry the delivery's id.", status=400)
        return tuple(
            f"{kind} {text}" for kind, text in (("id", delivery_id), ("signature", signature)) if text
        )

    def _input(self, body: bytes) -> dict[str, Any]:
        try:
            content: object = json.loads(body, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            raise WebhookRefusedError("The body is not valid JSON.", status=400) from None
        if self.config.input_key is not None:
            return {self.config.input_key: content}
        if not isinstance(content, dict):
            raise WebhookRefusedError("The body must be a JSON object.", status=400)
        return cast("dict[str, Any]", content)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A genuine delivery: the input of its run, and the keys by any of which it is known again."""

    input_data: Mapping[str, Any]
    keys: tuple[str, ...]


def _check_time(text: str, epoch_s: float, tolerance_s: float) -> None:
    try:
        is_fresh = abs(float(text) - epoch_s) <= tolerance_s
    except ValueError:
        is_fresh = False
    if not is_fresh:
        raise WebhookRefusedError("The timestamp is missing, unreadable or too far from now.", status=401)


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")
