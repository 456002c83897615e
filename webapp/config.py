"""Settings: everything that the environment decides, read once and checked at the start."""

from __future__ import annotations

import difflib
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from email.utils import parseaddr
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from webapp.errors import SettingsError

# One place for what each variable is called and what it means; the README's table is held
# against it by a test.
VARIABLES = {
    "DATABASE_URL": "SQLite in the instance folder, or mysql+pymysql://user:password@host/name",
    "BROKER_URL": "unset for the in-process broker, or amqp://user:password@host:5672",
    "MAIL_URL": "unset for files in the instance folder, or smtp://user:password@host:25",
    "MAIL_FROM": "the sender's address",
    "SECRET_KEY": "signs sessions and offers; required with a server database",
    "BASE_URL": "the address that travellers use; https makes cookies Secure",
    "PORT": "the port on 127.0.0.1 that `make run` serves",
    "INSTANCE_DIR": "the folder for the embedded database, mail, secrets and the movable clock",
    "MOVABLE_CLOCK": "yes or no: whether `flask clock` may move time; no with a server database",
    "RATE_LIMITS": "yes or no: limits on log-in, registration and look-ups",
    "TRUSTED_PROXIES": "how many proxies in front may say who the visitor is (X-Forwarded-For)",
    "DELIVERY_LEASE": "seconds after which a mail left half-way by a dead worker is tried again",
    "WORKER_THREADS": "how many mails a worker process delivers at once",
    "MAIL_RATE": "the most mails a second that a worker process sends",
    "MAIL_DOMAIN_RATE": "the most mails a second that it sends to addresses of one domain",
}


@dataclass(frozen=True)
class Settings:
    """What the environment decided. Build it with from_env(); tests build it directly."""

    database_url: str
    secret_key: str
    instance_dir: Path
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
        instance_dir = Path(env.get("INSTANCE_DIR") or "instance").absolute()
        _make_folder(instance_dir)
        database_url = env.get("DATABASE_URL") or f"sqlite:///{instance_dir / 'fairwind.sqlite3'}"
        is_embedded = database_url.startswith("sqlite:")
        _check_database(database_url)
        broker_url = _optional_address(env, "BROKER_URL", ("amqp", "amqps"))
        mail_url = _optional_address(env, "MAIL_URL", ("smtp", "smtps", "smtp+starttls"))
        port = _whole_number(env, "PORT", 8000)
        base_url = (env.get("BASE_URL") or f"http://127.0.0.1:{port}").rstrip("/")
        _check_address("BASE_URL", base_url, ("http", "https"))
        if urlsplit(base_url)[2:] != ("", "", ""):
            raise SettingsError("BASE_URL has a path; the site answers at / of its host alone")
        return cls(
            database_url=database_url,
            secret_key=_secret_key(env, is_embedded, instance_dir),
            instance_dir=instance_dir,
            broker_url=broker_url,
            mail_url=mail_url,
            mail_from=_mail_from(env, cls.mail_from),
            base_url=base_url,
            port=port,
            movable_clock=_yes_or_no(env, "MOVABLE_CLOCK", default=is_embedded),
            rate_limits=_yes_or_no(env, "RATE_LIMITS", default=True),
            trusted_proxies=_whole_number(env, "TRUSTED_PROXIES", 0, least=0),
            delivery_lease=_whole_number(env, "DELIVERY_LEASE", cls.delivery_lease),
            worker_threads=_whole_number(env, "WORKER_THREADS", cls.worker_threads),
            mail_rate=_whole_number(env, "MAIL_RATE", cls.mail_rate),
            mail_domain_rate=_whole_number(env, "MAIL_DOMAIN_RATE", cls.mail_domain_rate),
        )

    @property
    def is_embedded(self) -> bool:
        """Tell whether the database is a file of our own rather than a server."""
        return self.database_url.startswith("sqlite:")

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


def _optional_address(env: Mapping[str, str], name: str, schemes: tuple[str, ...]) -> str | None:
    value = env.get(name) or None
    if value is not None:
        _check_address(name, value, schemes)
    return value


def _check_address(name: str, value: str, schemes: tuple[str, ...]) -> None:
    # No message shows the address itself: there may be a password in it.
    expected = " or ".join(f"{scheme}://" for scheme in schemes)
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise SettingsError(f"{name} has an odd host or port; it takes {expected}host") from None
    if parts.scheme not in schemes:
        raise SettingsError(f"{name} starts with {parts.scheme or 'nothing'}; it takes {expected}")
    if not host:
        raise SettingsError(f"{name} names no host; it takes an address like {parts.scheme}://host")


def _check_database(value: str) -> None:
    if value.startswith("sqlite:"):
        if not value.startswith("sqlite:///") or value == "sqlite:///":
            raise SettingsError("DATABASE_URL names no file; it takes sqlite:////folder/file")
        return
    _check_address("DATABASE_URL", value, ("mysql+pymysql", "sqlite"))
    if value.partition("?")[0].count("@") > 1:
        # The driver ends the password at the first, and would take the rest for a host's name.
        raise SettingsError("DATABASE_URL has more than one @; write @ in a password as %40")
    if not urlsplit(value).path.strip("/"):
        raise SettingsError("DATABASE_URL names no database; it takes mysql+pymysql://host/name")


def _mail_from(env: Mapping[str, str], default: str) -> str:
    value = env.get("MAIL_FROM") or default
    _, address = parseaddr(value)
    if not value.isprintable() or not re.fullmatch(r"[^@\s]+@[^@\s]+", address):
        raise SettingsError("MAIL_FROM is no address; write it like Fairwind <trips@host>")
    return value


def _whole_number(env: Mapping[str, str], name: str, default: int, least: int = 1) -> int:
    value = env.get(name) or str(default)
    is_number = len(value) <= 5 and value.isdecimal()
    if not is_number or not least <= int(value) < 65_536:
        raise SettingsError(f"{name}={value[:40]} is not a whole number from {least} to 65535")
    return int(value)


def _yes_or_no(env: Mapping[str, str], name: str, *, default: bool) -> bool:
    value = env.get(name) or ("yes" if default else "no")
    if value not in ("yes", "no"):
        raise SettingsError(f"{name}={value[:40]} is not known; use yes or no")
    return value == "yes"


def _secret_key(env: Mapping[str, str], is_embedded: bool, instance_dir: Path) -> str:
    given = env.get("SECRET_KEY")
    if given:
        if len(given) < 16:
            raise SettingsError("SECRET_KEY is shorter than 16 characters; use a long random one")
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


assert {field.name.upper() for field in fields(Settings)} == set(VARIABLES)
