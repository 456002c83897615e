"""Addresses that look mistyped: one slip away from a large provider's, or of no domain at all."""

from __future__ import annotations

from webapp.network.matching import is_prefix_with_a_slip

# Shorter names have neighbours that are somebody's own.
_PROVIDERS = (
    "gmail.com",
    "googlemail.com",
    "yahoo.com",
    "hotmail.com",
    "outlook.com",
    "icloud.com",
)
# Providers that are one letter away from those.
_NEIGHBOURS = {"mail.com", "email.com", "ymail.com"}


def doubt_about(address: str) -> str | None:
    """Return a question about an address that is likely to reach nobody, None for others."""
    name, _, domain = address.rpartition("@")
    if domain in _NEIGHBOURS or domain in _PROVIDERS:
        return None
    for provider in _PROVIDERS:
        if is_prefix_with_a_slip(domain, provider) and is_prefix_with_a_slip(provider, domain):
            return f"Did you mean {name}@{provider}?"
    end = domain.rpartition(".")[2]
    return f"Is this right? No address ends in “.{end}”." if len(end) == 1 else None
