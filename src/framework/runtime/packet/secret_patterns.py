"""What secrets look like: the keys of usual vendors, bearer tokens, private keys, passwords in addresses."""

from __future__ import annotations

import re
from typing import NamedTuple

_NAMES = (
    r"api[_-]?key|apikey|secret(?:[_-]?(?:access[_-]?)?key)?|passwo?r?d|passwd|pwd|passphrase|"
    r"access[_-]?token|auth[_-]?token|refresh[_-]?token|client[_-]?secret|private[_-]?key|account[_-]?key|"
    r"authorization|session[_-]?key|signing[_-]?key|webhook[_-]?secret|bot[_-]?token"
)
_PARAMETERS = r"api[_-]?key|key|token|sig|signature|access_token|secret|password"
_PLAIN = r"[^\s\"',;&\[\]{}()<>\\\ud800-\udfff]"  # No bracket: it would begin a placeholder.
_IS = r"\\?[\"']?[ \t]*(?:[:=]|=>|is)[ \t]*\\?[\"']?"
_KEY_HEAD = r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
_NO_WORD = r"(?=[^\s\"',;&]{0,200}[0-9!@#$%^*_/+-])"


class SecretPattern(NamedTuple):
    """What finds secrets of one kind in a text.

    Attributes:
        hint: what every text has that holds one; most texts are done with once it is missing.
        expression: its group ``part`` is the secret, where it has one, else all of what it matches.
    """

    hint: str
    expression: re.Pattern[str]


SECRET_NAME = re.compile(rf"(?i)(?:^|[_\-. ])(?:{_NAMES})$")
"""Names under which a text is taken for a secret, whatever it looks like."""

PATTERNS: tuple[SecretPattern, ...] = tuple(
    SecretPattern(hint, re.compile(text))
    for hint, text in (
        (
            "PRIVATE KEY",
            rf"(?s){_KEY_HEAD}.{{0,20000}}?(?:-----END [A-Z0-9 ]{{0,40}}-----|\Z|(?=-----BEGIN ))",
        ),
        ("eyJ", r"\beyJ[\w-]{10,300}\.[\w-]{8,8000}\.[\w-]{8,2000}"),  # JSON Web Token
        ("sk-", r"\bsk-[A-Za-z0-9_-]{16,}"),  # OpenAI, Anthropic, OpenRouter, DeepSeek
        ("k_", r"\b(?:sk|rk|pk)_(?:live|test)_[0-9A-Za-z]{10,}"),  # Stripe
        ("whsec_", r"\bwhsec_[0-9A-Za-z]{16,}"),
        ("A", r"\b(?:AKIA|ASIA|AGPA|AIDA|AROA|ABIA|ACCA)[0-9A-Z]{16}\b"),  # AWS
        ("AIza", r"\bAIza[0-9A-Za-z_-]{35}"),  # Google
        ("ya29.", r"\bya29\.[\w-]{20,}"),
        ("GOCSPX-", r"\bGOCSPX-[\w-]{20,}"),
        ("gh", r"\bgh[pousr]_[A-Za-z0-9]{20,}"),  # GitHub
        ("github_pat_", r"\bgithub_pat_[A-Za-z0-9_]{22,}"),
        ("gl", r"\bgl(?:pat|ptt|dt|rt|soat)-[\w-]{20,}"),  # GitLab
        ("xox", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"),  # Slack
        ("xapp-", r"\bxapp-[A-Za-z0-9-]{10,}"),
        ("hooks.slack.com", r"\bhooks\.slack\.com/services/[\w/]{20,}"),
        (
            "_",
            r"\b(?:hf|npm|lin_api|tskey|dckr_pat|ntn|figd|glsa|vercel|phc|phx|pat|fw|lsv2_pt|lsv2_sk)_[A-Za-z0-9_]{20,}",
        ),
        ("r8_", r"\br8_[A-Za-z0-9]{20,}"),  # Replicate
        ("gsk_", r"\bgsk_[A-Za-z0-9]{20,}"),  # Groq
        ("-", r"\b(?:xai|pplx|nvapi|tvly|pypi|jina|fc|rnd|key)-[A-Za-z0-9_-]{20,}"),
        ("SG.", r"\bSG\.[\w-]{16,100}\.[\w-]{16,100}"),  # SendGrid
        ("", r"\b(?:AC|SK)[0-9a-f]{32}\b"),  # Twilio
        ("dop_v1_", r"\bdop_v1_[a-f0-9]{40,}"),  # DigitalOcean
        ("shp", r"\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),  # Shopify
        ("sq0", r"\bsq0(?:atp|csp)-[\w-]{20,}"),  # Square
        ("EAAA", r"\bEAAA[\w-]{50,}"),
        ("dapi", r"\bdapi[0-9a-f]{32}"),  # Databricks
        (":AA", r"\b\d{8,10}:AA[A-Za-z0-9_-]{32,}"),  # Telegram
        ("ATATT3", r"\bATATT3[A-Za-z0-9_=-]{20,}"),  # Atlassian
        ("AGE-SECRET-KEY-1", r"\bAGE-SECRET-KEY-1[0-9A-Z]{50,}"),
        ("hvs.", r"\bhvs\.[\w-]{20,}"),  # Vault
        ("", r"(?i)\b(?:bearer|basic|bot)[ \t]+(?P<part>[A-Za-z0-9._~+/=-]{16,})"),
        (
            "://",
            rf"://[^\s:/@\[\]]{{0,200}}:(?P<part>(?:(?!/){_PLAIN}){{1,400}}?)@(?=[\w.\[-])",
        ),  # In an address
        ("=", rf"(?i)[?&](?:{_PARAMETERS})=(?P<part>{_PLAIN}{{8,2000}})"),
        ("", rf"(?i)(?:{_NAMES}){_IS}(?P<part>{_NO_WORD}{_PLAIN}{{6,2000}})"),
    )
)
"""Every pattern, in the order in which they are looked for."""

E_MAIL = SecretPattern("@", re.compile(r"\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}\b"))
"""An e-mail address; taken out only where that is asked for."""
