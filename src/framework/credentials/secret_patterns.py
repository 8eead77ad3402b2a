"""What secrets look like: the keys of usual vendors, bearer tokens, private keys, passwords in addresses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_NAMES = (
    r"api[_-]?key|apikey|secret(?:[_-]?(?:access[_-]?)?key)?|passwo?r?d|passwd|pwd|passphrase|"
    r"access[_-]?token|auth[_-]?token|refresh[_-]?token|client[_-]?secret|private[_-]?key|account[_-]?key|"
    r"authorization|session[_-]?key|signing[_-]?key|webhook[_-]?secret|bot[_-]?token"
)
_PARAMETERS = r"api[_-]?key|key|token|sig|signature|access_token|secret|password"
_PLAIN = r"[^\s\"',;&\[\]{}()<>\\\ud800-\udfff]"  # No bracket: it would begin a placeholder.
_IS = r"\\?[\"']?[ \t]*(?:[:=]|=>|is)[ \t]*\\?[\"']?"
_KEY_HEAD = r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
_EDGE = r"(?:(?<!\w)|(?<=\\[nrt]))"
"""Where a word begins, also after a line end that is written as an escape; ``\\<`` stands for it below."""

_NO_PLACEHOLDER = r"(?!(?:USER(?:NAME)?:PASS(?:WORD)?@|:PASSWORD@HOST\b))"
"""What a hint writes in an address for a person to fill in. A password that is this very word and known
to be one, as it is the value of a credential or of a variable named like one, is taken out before that."""

_NO_WORD = r"(?=[^\s\"',;&]{0,200}[0-9!@#$%^*_/+-])"


class SecretPattern(NamedTuple):
    """What finds secrets of one kind in a text.

    Attributes:
        hints: one of them, in small letters, is in every text that holds one; most texts hold none.
        expression: its group ``part`` is the secret, where it has one, else all of what it matches.
    """

    hints: tuple[str, ...]
    expression: re.Pattern[str]


SECRET_NAME = re.compile(rf"(?i)(?:^|[_\-. ])(?:{_NAMES})$")
"""Names under which a text is taken for a secret, whatever it looks like."""

PATTERNS: tuple[SecretPattern, ...] = tuple(
    SecretPattern(tuple(hints.split()), re.compile(text.replace(r"\<", _EDGE)))
    for hints, text in (
        (
            "private key",
            rf"(?s){_KEY_HEAD}.{{0,20000}}?(?:-----END [A-Z0-9 ]{{0,40}}-----|\Z|(?=-----BEGIN ))",
        ),
        ("eyj", r"\<eyJ[\w-]{10,300}\.[\w-]{8,8000}\.[\w-]{8,2000}"),  # JSON Web Token
        ("sk-", r"\<sk-[A-Za-z0-9_-]{16,}"),  # OpenAI, Anthropic, OpenRouter, DeepSeek
        ("sk_ rk_ pk_", r"\<(?:sk|rk|pk)_(?:live|test)_[0-9A-Za-z]{10,}"),  # Stripe
        ("whsec_", r"\<whsec_[0-9A-Za-z]{16,}"),
        (
            "akia asia agpa aida aroa abia acca",
            r"\<(?:AKIA|ASIA|AGPA|AIDA|AROA|ABIA|ACCA)[0-9A-Z]{16}\b",
        ),  # AWS
        ("aiza", r"\<AIza[0-9A-Za-z_-]{35}"),  # Google
        ("ya29.", r"\<ya29\.[\w-]{20,}"),
        ("gocspx-", r"\<GOCSPX-[\w-]{20,}"),
        ("ghp_ gho_ ghu_ ghs_ ghr_", r"\<gh[pousr]_[A-Za-z0-9]{20,}"),  # GitHub
        ("github_pat_", r"\<github_pat_[A-Za-z0-9_]{22,}"),
        ("glpat- glptt- gldt- glrt- glsoat-", r"\<gl(?:pat|ptt|dt|rt|soat)-[\w-]{20,}"),  # GitLab
        ("xox", r"\<xox[abeoprs]-[A-Za-z0-9-]{10,}"),  # Slack
        ("xapp-", r"\<xapp-[A-Za-z0-9-]{10,}"),
        ("hooks.slack.com", r"\<hooks\.slack\.com/services/[\w/]{20,}"),
        (
            "hf_ npm_ lin_api_ tskey_ dckr_pat_ ntn_ figd_ glsa_ vercel_ phc_ phx_ pat_ fw_ lsv2_",
            r"\<(?:hf|npm|lin_api|tskey|dckr_pat|ntn|figd|glsa|vercel|phc|phx|pat|fw|lsv2_pt|lsv2_sk)_[A-Za-z0-9_]{20,}",
        ),
        ("r8_", r"\<r8_[A-Za-z0-9]{20,}"),  # Replicate
        ("gsk_", r"\<gsk_[A-Za-z0-9]{20,}"),  # Groq
        (
            "xai- pplx- nvapi- tvly- pypi- jina- fc- rnd- key-",
            r"\<(?:xai|pplx|nvapi|tvly|pypi|jina|fc|rnd|key)-[A-Za-z0-9_-]{20,}",
        ),
        ("sg.", r"\<SG\.[\w-]{16,100}\.[\w-]{16,100}"),  # SendGrid
        ("ac sk", r"\<(?:AC|SK)[0-9a-f]{32}\b"),  # Twilio
        ("dop_v1_", r"\<dop_v1_[a-f0-9]{40,}"),  # DigitalOcean
        ("shp", r"\<shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),  # Shopify
        ("sq0", r"\<sq0(?:atp|csp)-[\w-]{20,}"),  # Square
        ("eaaa", r"\<EAAA[\w-]{50,}"),
        ("dapi", r"\<dapi[0-9a-f]{32}"),  # Databricks
        (":aa", r"\<\d{8,10}:AA[A-Za-z0-9_-]{32,}"),  # Telegram
        ("atatt3", r"\<ATATT3[A-Za-z0-9_=-]{20,}"),  # Atlassian
        ("age-secret-key-1", r"\<AGE-SECRET-KEY-1[0-9A-Z]{50,}"),
        ("hvs.", r"\<hvs\.[\w-]{20,}"),  # Vault
        ("hive_", r"\<hive_[0-9a-f]{16}_[0-9a-f]{64}\b"),  # Hive's own
        ("bearer basic bot", r"(?i)\<(?:bearer|basic|bot)[ \t]+(?P<part>[A-Za-z0-9._~+/=-]{16,})"),
        (
            "://",
            rf"://{_NO_PLACEHOLDER}[^\s:/@\[\]]{{0,200}}:(?P<part>(?:(?!/){_PLAIN}){{1,400}}?)@(?=[\w.\[-])",
        ),  # In an address
        ("=", rf"(?i)[?&](?:{_PARAMETERS})=(?P<part>{_PLAIN}{{8,2000}})"),
        (
            "key secret passw pwd passphrase token authorization",
            rf"(?i)(?:{_NAMES}){_IS}(?P<part>{_NO_WORD}{_PLAIN}{{6,2000}})",
        ),
    )
)
"""Every pattern, in the order in which they are looked for."""

E_MAIL = SecretPattern(("@",), re.compile(r"\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}\b"))
"""An e-mail address; taken out only where that is asked for."""


_MIN_NAMED_CHARS = 4


def is_named_secret(name: str, text: str) -> bool:
    """Whether ``text`` is taken for a secret as it stands under ``name``."""
    return len(text) >= _MIN_NAMED_CHARS and bool(name) and SECRET_NAME.search(name) is not None


def named_secrets(data: Any, name: str = "") -> Iterator[str]:
    """Yield every text in JSON data that is taken for a secret for the name it stands under."""
    match data:
        case str():
            if is_named_secret(name, data):
                yield data
        case dict():
            for key, item in cast("dict[str, Any]", data).items():
                yield from named_secrets(item, key)
        case list():
            for item in cast("list[Any]", data):
                yield from named_secrets(item, name)
        case _:
            return


def expressions_for(text: str, patterns: Sequence[SecretPattern] = PATTERNS) -> list[re.Pattern[str]]:
    """Return the expressions of ``patterns`` that may find something in ``text``, in their order."""
    lowered = text.lower()
    return [found.expression for found in patterns if any(hint in lowered for hint in found.hints)]
