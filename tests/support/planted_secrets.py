"""Fifty secrets as vendors and people write them, none of them real."""

from __future__ import annotations

_A, _H, _D = "aB3dE5gH7jK9mN1pQ2sT4vW6xY8zA0cD", "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "1234567890"

SECRETS: dict[str, str] = {
    "openai": f"sk-{_A}",
    "openai project": f"sk-proj-{_A}_{_A[:6]}",
    "anthropic": f"sk-ant-api03-{_A}-{_A[:8]}",
    "openrouter": f"sk-or-v1-{_H}",
    "stripe": "sk" + f"_live_{_A[:24]}",
    "stripe restricted": "rk" + f"_test_{_A[:24]}",
    "stripe webhook": f"whsec_{_A}",
    "aws id": "AKIA" + "IOSFODNN7EXAMPL2",
    "aws session": "ASIA" + "IOSFODNN7EXAMPL3",
    "google": "AIza" + "SyA1bC2dE3fG4hI5jK6lM7nO8pQ9rS0tU1v",
    "google oauth": f"ya29.{_A}",
    "google client": f"GOCSPX-{_A[:28]}",
    "github": "gh" + f"p_{_A}abcd",
    "github oauth": "gh" + f"o_{_A}abcd",
    "github fine": f"github_pat_{_A}_{_A}",
    "gitlab": f"glpat-{_A[:20]}",
    "slack bot": "xox" + f"b-{_D}-{_D}-{_A[:24]}",
    "slack app": f"xapp-1-{_A}",
    "slack hook": f"hooks.slack.com/services/T{_D}/B{_D}/{_A[:24]}",
    "hugging face": f"hf_{_A}",
    "npm": f"npm_{_A}abcd",
    "linear": f"lin_api_{_A}",
    "replicate": f"r8_{_A}",
    "groq": f"gsk_{_A}{_A}",
    "xai": f"xai-{_A}{_A}",
    "perplexity": f"pplx-{_A}",
    "nvidia": f"nvapi-{_A}",
    "tavily": f"tvly-{_A}",
    "pypi": f"pypi-{_A}",
    "mailgun": f"key-{_H}",
    "sendgrid": f"SG.{_A[:22]}.{_A}{_A[:11]}",
    "twilio": f"AC{_H}",
    "twilio key": f"SK{_H}",
    "digital ocean": f"dop_v1_{_H}{_H}",
    "shopify": f"shpat_{_H}",
    "square": f"sq0atp-{_A[:22]}",
    "databricks": f"dapi{_H}",
    "telegram": f"{_D}:AAE{_A}",
    "atlassian": f"ATATT3{_A}",
    "vault": f"hvs.{_A}",
    "jwt": f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx{_A[:10]}.{_A}",
    "private key": f"-----BEGIN RSA PRIVATE KEY-----\n{_A}{_A}\n{_H}{_A}\n-----END RSA PRIVATE KEY-----",
    "ssh key": f"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNza{_A}\n-----END OPENSSH PRIVATE KEY-----",
}
"""Secrets that are recognised wherever they stand alone."""

IN_CONTEXT: dict[str, tuple[str, str]] = {
    "bearer": ("Authorization: Bearer {}", f"q{_A}=="),
    "basic": ("Authorization: Basic {}", "dXNlcjpzM2NyM3QtcGFzcw=="),
    "password of an address": ("postgresql://admin:{}@db.example/main", "s3cr3t-pass-wort"),
    "password": ("The password is {}", "Tr0ub4dor&3-horse"),
    "api key": ('{{"api_key": "{}"}}', "zz-99-plain-looking-7"),
    "client secret": ("client_secret={}", "Zx81.Spectrum.48k"),
    "query": ("https://api.example/v1?access_token={}&x=1", "tok.1a2b3c4d5e"),
}
"""Secrets that are recognised by what stands around them: the text, and the secret in it."""

KNOWN = "correct horse battery staple"
"""A secret that looks like nothing; only a store of credentials tells it."""
