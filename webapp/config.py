"""Settings: everything that the environment decides, read once and checked at the start."""

from __future__ import annotations

import difflib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from webapp.environment import (
    read_base_url,
    read_broker_url,
    read_database_url,
    read_mail_from,
    read_mail_url,
    whole_number,
    yes_or_no,
)
from webapp.errors import SettingsError


@dataclass(frozen=True)
class Settings:
    """What the environment decided. Build it with from_env(); tests build it directly."""

    database_url: str
    secret_key: str
    instance_dir: Path
    secret_key_fallbacks: tuple[str, ...] = ()
    broker_url: str | None = None
    mail_url: str | None = None
    mail_from: str = "Fairwind <no-reply@fairwind.example>"
    base_url: str = "http://127.0.0.1:8000"
    port: int = 8000
    movable_clock: bool = False
    rate_limits: bool = True
    trusted_proxies: int = 0
    delivery_lease: int = 60
    worker_threads: int = 4
    mail_rate: int = 1_000
    mail_domain_rate: int = 100

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Read the settings, or raise SettingsError with one line that names the variable."""
        env = os.environ if env is None else env
        _refuse_misspelt(env)
        # Files of settings leave blanks around values; what is empty counts as not set.
        given = {name: env.get(name, "").strip() for name in VARIABLES}
        instance_dir = Path(given["INSTANCE_DIR"] or "instance").absolute()
        _make_folder(instance_dir)
        kept = f"sqlite:///{instance_dir / 'fairwind.sqlite3'}"
        database_url = read_database_url(given["DATABASE_URL"] or kept)
        is_embedded = database_url.startswith("sqlite:")
        port = whole_number(given, "PORT", cls.port)
        return cls(
            database_url=database_url,
            secret_key=_secret_key(given["SECRET_KEY"], is_embedded, instance_dir),
            instance_dir=instance_dir,
            secret_key_fallbacks=_former_keys(given["SECRET_KEY_FALLBACKS"]),
            broker_url=read_broker_url(given["BROKER_URL"]) if given["BROKER_URL"] else None,
            mail_url=read_mail_url(given["MAIL_URL"]) if given["MAIL_URL"] else None,
            mail_from=read_mail_from(given["MAIL_FROM"] or cls.mail_from),
            base_url=read_base_url(given["BASE_URL"] or f"http://127.0.0.1:{port}"),
            port=port,
            movable_clock=yes_or_no(given, "MOVABLE_CLOCK", default=is_embedded),
            rate_limits=yes_or_no(given, "RATE_LIMITS", default=cls.rate_limits),
            trusted_proxies=whole_number(given, "TRUSTED_PROXIES", cls.trusted_proxies, least=0),
            delivery_lease=whole_number(given, "DELIVERY_LEASE", cls.delivery_lease),
            worker_threads=whole_number(given, "WORKER_THREADS", cls.worker_threads),
            mail_rate=whole_number(given, "MAIL_RATE", cls.mail_rate),
            mail_domain_rate=whole_number(given, "MAIL_DOMAIN_RATE", cls.mail_domain_rate),
        )

    @property
    def is_embedded(self) -> bool:
        """Tell whether the database is a file of our own rather than a server."""
        return self.database_url.startswith("sqlite:")

    @property
    def signing_keys(self) -> tuple[str, ...]:
        """The keys whose signatures hold; the last one signs, as itsdangerous takes them."""
        return (*self.secret_key_fallbacks, self.secret_key)

    @property
    def is_secure(self) -> bool:
        """Tell whether travellers reach the site over https."""
        return self.base_url.startswith("https:")

    @property
    def is_public(self) -> bool:
        """Tell whether others than who sits at the machine reach the site."""
        return not is_of_this_machine(urlsplit(self.base_url).hostname)

    @property
    def shows_mails(self) -> bool:
        """Tell whether mails may be read at /dev/mail: they go nowhere else, and nobody else looks.

        They hold links that set a password, so a site that travellers reach never shows them.
        """
        return self.mail_url is None and not self.is_public

    @property
    def mail_folder(self) -> Path:
        """The folder that takes the mails as files when no mail server is set."""
        return self.instance_dir / "mail"

    @property
    def clock_file(self) -> Path | None:
        """The file that moves the clock, or None where it must not move."""
        return self.instance_dir / "clock" if self.movable_clock else None


# What each means stands in the README's table.
VARIABLES = tuple(field.name.upper() for field in fields(Settings))

_SHORTEST_KEY = 16


def is_of_this_machine(host: str | None) -> bool:
    """Tell whether a host's name or address is this machine's own; what is neither is not."""
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return host == "localhost"


def _refuse_misspelt(env: Mapping[str, str]) -> None:
    # DATABASE_URI instead of DATABASE_URL would otherwise start an empty SQLite shop in production.
    for name in env:
        if name in VARIABLES:
            continue
        near = difflib.get_close_matches(name, VARIABLES, n=1, cutoff=0.85)
        if near:
            raise SettingsError(f"{name} is not a setting; did you mean {near[0]}?")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"INSTANCE_DIR={folder} cannot be used: {error.strerror}") from error


def _secret_key(given: str, is_embedded: bool, instance_dir: Path) -> str:
    if given:
        if len(given) < _SHORTEST_KEY:
            raise SettingsError(
                f"SECRET_KEY is shorter than {_SHORTEST_KEY} characters; use a long random one"
            )
        return given
    if not is_embedded:
        raise SettingsError("SECRET_KEY is not set; with a server database it is required")
    kept = instance_dir / "secret_key"
    try:
        if not kept.exists():
            _make_secret(kept)
        secret = kept.read_text()
    except OSError as error:
        raise SettingsError(
            f"INSTANCE_DIR={instance_dir} cannot keep the secret key: {error.strerror}"
        ) from error
    if not secret:
        raise SettingsError(f"SECRET_KEY is kept in {kept}, which is empty; delete that file")
    return secret


def _former_keys(given: str) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in given.split(",")) if given else ()
    if any(len(key) < _SHORTEST_KEY for key in keys):
        raise SettingsError(
            f"SECRET_KEY_FALLBACKS has a key shorter than {_SHORTEST_KEY} characters; "
            "commas stand between keys"
        )
    return keys


def _make_secret(kept: Path) -> None:
    # Written whole under another name, then linked: of two processes that start at once, one
    # sets the link and both read the same, and none reads a file that is not written yet.
    draft = kept.with_name(f"secret_key.{secrets.token_hex(4)}")
    with open(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(48))
    try:
        os.link(draft, kept)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
