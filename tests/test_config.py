"""Settings: what the environment may say, and the one line that names what it got wrong."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.services.mariadb import MariaDB
from webapp import create_app
from webapp.config import VARIABLES, Settings
from webapp.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent
SERVER = "mysql+pymysql://fairwind:s3cret-word@127.0.0.1:1/fairwind"
KEY = "long enough to be taken for a key"
FORMER, FORMEST = "the key of the last year", "the key of two years ago"


def read(folder: Path, **env: str) -> Settings:
    return Settings.from_env({"INSTANCE_DIR": str(folder), **env})


def refusal(folder: Path, **env: str) -> str:
    with pytest.raises(SettingsError) as caught:
        read(folder, **env)
    message = str(caught.value)
    assert "\n" not in message
    return message


# What an empty environment gives


def test_nothing_set_is_the_embedded_default(tmp_path: Path) -> None:
    found = read(tmp_path / "instance")
    assert found.database_url == f"sqlite:///{tmp_path / 'instance' / 'fairwind.sqlite3'}"
    assert (found.broker_url, found.mail_url) == (None, None)
    assert (found.base_url, found.port) == ("http://127.0.0.1:8000", 8000)
    assert found.is_embedded
    assert not found.is_secure
    assert found.movable_clock
    assert found.rate_limits
    assert found.trusted_proxies == 0
    assert found.clock_file == tmp_path / "instance" / "clock"
    assert found.mail_folder == tmp_path / "instance" / "mail"


def test_an_empty_variable_counts_as_unset(tmp_path: Path) -> None:
    emptied = {name: "" for name in VARIABLES if name != "INSTANCE_DIR"}
    assert read(tmp_path, **emptied) == read(tmp_path)


def test_blanks_around_a_value_are_none_of_it(tmp_path: Path) -> None:
    given = {"SECRET_KEY": KEY, "DATABASE_URL": SERVER, "MAIL_URL": "smtp://mail", "PORT": "81"}
    padded = {name: f" {value}\t\n" for name, value in given.items()}
    assert read(tmp_path, **padded) == read(tmp_path, **given)
    assert Settings.from_env({"INSTANCE_DIR": f" {tmp_path} "}).instance_dir == tmp_path


def test_a_server_database_stops_the_clock(tmp_path: Path) -> None:
    found = read(tmp_path, DATABASE_URL=SERVER, SECRET_KEY=KEY)
    assert not found.movable_clock
    assert found.clock_file is None
    assert not found.is_embedded
    assert not (tmp_path / "secret_key").exists()


def test_every_variable_is_read(tmp_path: Path) -> None:
    given = {
        "DATABASE_URL": SERVER,
        "BROKER_URL": "amqp://guest:guest@rabbit:5672",
        "MAIL_URL": "smtp+starttls://user:word@mail:587",
        "MAIL_FROM": "Fairwind <trips@fairwind.example>",
        "SECRET_KEY": KEY,
        "SECRET_KEY_FALLBACKS": f"{FORMER}, {FORMEST}",
        "BASE_URL": "https://fairwind.example/",
        "PORT": "8123",
        "INSTANCE_DIR": str(tmp_path),
        "MOVABLE_CLOCK": "yes",
        "RATE_LIMITS": "no",
        "TRUSTED_PROXIES": "2",
        "DELIVERY_LEASE": "30",
        "WORKER_THREADS": "8",
        "MAIL_RATE": "50",
        "MAIL_DOMAIN_RATE": "5",
    }
    assert set(given) == set(VARIABLES)
    found = Settings.from_env(given)
    assert found == Settings(
        database_url=SERVER,
        secret_key=KEY,
        instance_dir=tmp_path,
        secret_key_fallbacks=(FORMER, FORMEST),
        broker_url="amqp://guest:guest@rabbit:5672",
        mail_url="smtp+starttls://user:word@mail:587",
        mail_from="Fairwind <trips@fairwind.example>",
        base_url="https://fairwind.example",
        port=8123,
        movable_clock=True,
        rate_limits=False,
        trusted_proxies=2,
        delivery_lease=30,
        worker_threads=8,
        mail_rate=50,
        mail_domain_rate=5,
    )
    assert found.is_secure


@pytest.mark.parametrize(
    ("address", "mail_url", "shown"),
    [
        ("http://127.0.0.1:8000", None, True),
        ("http://localhost", None, True),
        ("http://[::1]:8000", None, True),
        ("http://127.0.0.1:8000", "smtp://mail", False),
        ("https://fairwind.example", None, False),
        ("http://localhost.example", None, False),
        ("http://127.0.0.1.example", None, False),
    ],
)
def test_mails_are_shown_only_to_who_sits_at_the_machine(
    tmp_path: Path, address: str, mail_url: str | None, shown: bool
) -> None:
    found = read(tmp_path, BASE_URL=address, MAIL_URL=mail_url or "")
    assert found.shows_mails == shown
    app = create_app(found)
    assert any(rule.endpoint == "dev_mail.mails" for rule in app.url_map.iter_rules()) == shown


@pytest.mark.parametrize("address", ["HTTPS://Fairwind.example", "https://FAIRWIND.example/"])
def test_an_address_in_capitals_is_the_same_secure_site(tmp_path: Path, address: str) -> None:
    found = read(tmp_path, BASE_URL=address)
    assert found == read(tmp_path, BASE_URL="https://fairwind.example")
    assert found.is_secure
    cookie = create_app(found).test_client().get("/login").headers["Set-Cookie"]
    assert cookie.startswith("__Host-")
    assert "; Secure" in cookie


@pytest.mark.parametrize(
    "sender",
    ["a@b.example", "Fairwind <a@b.example>", '"Fairwind, Inc." <a@b.example>', "Dr. Vö <a@b.de>"],
)
def test_a_sender_is_one_address_with_or_without_a_name(tmp_path: Path, sender: str) -> None:
    assert read(tmp_path, MAIL_FROM=sender).mail_from == sender


def test_the_address_of_the_site_follows_the_port(tmp_path: Path) -> None:
    assert read(tmp_path, PORT="8123").base_url == "http://127.0.0.1:8123"


# What it refuses


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql://localhost/x"),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("DATABASE_URL", "fairwind.sqlite3"),
        ("DATABASE_URL", "mysql+pymysql:///x"),
        ("DATABASE_URL", "mysql+pymysql://host:port/x"),
        ("DATABASE_URL", "mysql+pymysql://host:99999/x"),
        ("DATABASE_URL", "mysql+pymysql://[::1/x"),
        ("DATABASE_URL", "mysql+pymysql://host"),
        ("DATABASE_URL", "sqlite:fairwind"),
        ("DATABASE_URL", "MYSQL+PYMYSQL://host/x"),
        ("DATABASE_URL", "mysql+aiomysql://host/x"),
        ("DATABASE_URL", "mysql+pymysql://ho st/x"),
        ("DATABASE_URL", "mysql+pymysql://host:0/x"),
        ("DATABASE_URL", "mysql+pymysql://u:p@host:/x"),
        ("DATABASE_URL", "mysql+pymysql://host/?charset=utf8mb4"),
        ("BROKER_URL", "redis://localhost"),
        ("BROKER_URL", "AMQP://localhost"),
        ("BROKER_URL", "amqp://"),
        ("BROKER_URL", "amqp://host:port"),
        ("BROKER_URL", "localhost:5672"),
        ("MAIL_URL", "http://localhost"),
        ("MAIL_URL", "smtp://"),
        ("MAIL_URL", "smtp://mail:0x19"),
        ("MAIL_URL", "mail"),
        ("MAIL_URL", "smtp://mail:0"),
        ("MAIL_URL", "smtp://mail/path"),
        ("MAIL_URL", "smtp://mail?x=1"),
        ("MAIL_URL", "smtp://user@mail"),
        ("MAIL_URL", "smtp://:word@mail"),
        ("MAIL_URL", "smtp://user:word@"),
        ("MAIL_URL", "smtp://user:wo rd@mail"),
        ("MAIL_URL", "smtp://user:wörd@mail"),
        ("MAIL_URL", "smtp://us%C3%A9r:word@mail"),
        ("MAIL_FROM", "nobody in particular"),
        ("MAIL_FROM", "a@b.example\nBcc: c@d.example"),
        ("MAIL_FROM", "a@b.example, c@d.example"),
        ("MAIL_FROM", "Fairwind <a@b.example"),
        ("MAIL_FROM", '"Fairwind" <a@b c>'),
        ("MAIL_FROM", "Fairwind, Inc <a@b.example>"),
        ("MAIL_FROM", "Fairwind <>"),
        ("MAIL_FROM", "no-reply@"),
        ("MAIL_FROM", "<"),
        ("MAIL_FROM", '"'),
        ("MAIL_FROM", "a@["),
        ("BASE_URL", "fairwind.example"),
        ("BASE_URL", "ftp://fairwind.example"),
        ("BASE_URL", "https://"),
        ("BASE_URL", "https://fairwind.example:port"),
        ("BASE_URL", "http://[fairwind"),
        ("BASE_URL", "https://fairwind.example/app"),
        ("BASE_URL", "https://fairwind.example?app"),
        ("BASE_URL", "https://fairwind.example#app"),
        ("BASE_URL", "https://user:word@fairwind.example"),
        ("BASE_URL", "https://@fairwind.example"),
        ("BASE_URL", "https://fair wind.example"),
        ("BASE_URL", "https://fairwind.example:0"),
        ("BASE_URL", "https://."),
        ("PORT", "http"),
        ("PORT", "0"),
        ("PORT", "-1"),
        ("PORT", "65536"),
        ("PORT", "80.5"),
        ("PORT", "8" * 5000),
        ("PORT", "²"),
        ("PORT", "\N{ARABIC-INDIC DIGIT EIGHT}"),
        ("MOVABLE_CLOCK", "true"),
        ("MOVABLE_CLOCK", "YES"),
        ("RATE_LIMITS", "off"),
        ("TRUSTED_PROXIES", "-1"),
        ("TRUSTED_PROXIES", "all"),
        ("DELIVERY_LEASE", "0"),
        ("DELIVERY_LEASE", "1m"),
        ("INSTANCE_DIR", "/dev/null/instance"),
        ("INSTANCE_DIR", "/dev/null"),
    ],
)
def test_a_value_that_makes_no_sense_is_named(tmp_path: Path, name: str, value: str) -> None:
    message = refusal(tmp_path, **{"SECRET_KEY": KEY, name: value})
    assert message.startswith(name)
    assert len(message) < 300


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("DATABASE_URI", "DATABASE_URL"),
        ("DATABASEURL", "DATABASE_URL"),
        ("DATABSE_URL", "DATABASE_URL"),
        ("BROKER_URI", "BROKER_URL"),
        ("MAIL_URI", "MAIL_URL"),
        ("BASE_URI", "BASE_URL"),
        ("SECRETKEY", "SECRET_KEY"),
        ("SECRET_KEYS", "SECRET_KEY"),
        ("SECRET_KEY_FALLBACK", "SECRET_KEY_FALLBACKS"),
        ("RATE_LIMIT", "RATE_LIMITS"),
        ("TRUSTED_PROXY", "TRUSTED_PROXIES"),
        ("MOVEABLE_CLOCK", "MOVABLE_CLOCK"),
    ],
)
def test_a_misspelt_name_is_not_passed_over(tmp_path: Path, misspelt: str, meant: str) -> None:
    message = refusal(tmp_path, **{misspelt: "x"})
    assert message == f"{misspelt} is not a setting; did you mean {meant}?"


def test_names_that_every_machine_has_are_passed_over(tmp_path: Path) -> None:
    read(
        tmp_path,
        PATH="/bin",
        HOME="/root",
        MAIL="/var/mail/root",
        HOSTNAME="web-1",
        SSH_TTY="/dev/pts/0",
        DATABASE_HOST="db",
        SUPPORTED_PORT="1",
        FLASK_APP="webapp",
        PYTHONPATH=".",
        TRANSPORT="tcp",
    )
    read(tmp_path, **{name: value for name, value in os.environ.items() if name not in VARIABLES})


def test_no_refusal_prints_a_password(tmp_path: Path) -> None:
    for url in (
        "//fairwind:s3cret-word@host/x",
        "fairwind:s3cret-word@host/x",
        "postgres://fairwind:s3cret-word@host/x",
        "mysql+pymysql://fairwind:s3cret-word@host:port/x",
    ):
        for name in ("DATABASE_URL", "BROKER_URL", "MAIL_URL"):
            message = refusal(tmp_path, **{"SECRET_KEY": KEY, name: url})
            assert "s3cret" not in message, message


def test_a_databases_address_that_nobody_can_read_is_refused_in_one_line(tmp_path: Path) -> None:
    message = refusal(tmp_path, SECRET_KEY=KEY, DATABASE_URL="mysql+pymysql://h#:x/db")
    assert message.startswith("DATABASE_URL is no address"), message


@pytest.mark.parametrize(
    "address", ["fairwind:geh@eim@host/x", "fair@wind:geheim@host/x", "fairwind:geh@eim/1@host/x"]
)
def test_a_second_at_sign_in_a_databases_address_is_refused_with_the_way_to_write_it(
    tmp_path: Path, address: str
) -> None:
    message = refusal(tmp_path, SECRET_KEY=KEY, DATABASE_URL=f"mysql+pymysql://{address}")
    assert message == "DATABASE_URL has more than one @; write @ in a password as %40"
    read(tmp_path, SECRET_KEY=KEY, DATABASE_URL="mysql+pymysql://fairwind:geh%40eim@host/x?y=a@b")


# The secret


@pytest.mark.parametrize("blanks", ["", " " * 20])
def test_a_server_database_needs_a_secret_of_its_own(tmp_path: Path, blanks: str) -> None:
    message = refusal(tmp_path, DATABASE_URL=SERVER, SECRET_KEY=blanks)
    assert message.startswith("SECRET_KEY is not set")


@pytest.mark.parametrize("more", [{}, {"DATABASE_URL": SERVER}])
def test_a_secret_that_is_given_is_a_long_one(tmp_path: Path, more: dict[str, str]) -> None:
    weak = refusal(tmp_path, SECRET_KEY="fifteen letters", **more)
    assert weak.startswith("SECRET_KEY is shorter than 16 characters")
    assert "fifteen" not in weak
    assert read(tmp_path, SECRET_KEY="sixteen letters!", **more).secret_key == "sixteen letters!"


@pytest.mark.parametrize("given", [f"{FORMER},", f",{FORMER}", f"{FORMER},,{FORMEST}", "short"])
def test_each_former_secret_is_a_long_one(tmp_path: Path, given: str) -> None:
    message = refusal(tmp_path, SECRET_KEY_FALLBACKS=given)
    assert message.startswith("SECRET_KEY_FALLBACKS has a key shorter than 16 characters")
    assert FORMER not in message


def test_the_secret_is_made_once_and_kept_for_its_owner_alone(tmp_path: Path) -> None:
    made = read(tmp_path).secret_key
    kept = tmp_path / "secret_key"
    assert len(made) >= 43
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert kept.read_text() == made
    assert read(tmp_path).secret_key == made
    assert [each.name for each in tmp_path.iterdir()] == ["secret_key"]


def test_a_secret_that_was_given_is_not_written_down(tmp_path: Path) -> None:
    assert read(tmp_path, SECRET_KEY=KEY).secret_key == KEY
    assert not list(tmp_path.iterdir())


def test_processes_that_start_at_once_read_the_same_secret(tmp_path: Path) -> None:
    def start(folder: Path, starts: threading.Barrier, found: list[str]) -> None:
        starts.wait()
        found.append(read(folder).secret_key)

    for attempt in range(20):
        found: list[str] = []
        arguments = (tmp_path / str(attempt), threading.Barrier(8), found)
        threads = [threading.Thread(target=start, args=arguments) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 8
        assert len(set(found)) == 1
        assert len(found[0]) >= 43


def test_a_secret_that_cannot_be_kept_names_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret_key").mkdir()
    assert refusal(tmp_path).startswith("INSTANCE_DIR")


def test_an_empty_secret_is_never_used(tmp_path: Path) -> None:
    (tmp_path / "secret_key").touch()
    assert refusal(tmp_path).startswith("SECRET_KEY")


# How the process stops


CREATE_APP = "from webapp import create_app; create_app()"


def start(folder: Path, code: str = CREATE_APP, **env: str) -> subprocess.CompletedProcess[str]:
    known = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**known, "INSTANCE_DIR": str(folder), **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "env"),
    [
        ("PORT", {"PORT": "http"}),
        ("SECRET_KEY", {"DATABASE_URL": SERVER}),
        ("DATABASE_URL", {"DATABASE_URL": SERVER, "SECRET_KEY": KEY}),
        ("DATABASE_URL", {"DATABASE_URL": "sqlite:////no/such/folder/x.sqlite3"}),
        ("DATABASE_URL", {"DATABASE_URL": "sqlite:////tmp/x.sqlite3?nonsense=1"}),
        ("DATABASE_URL", {"DATABASE_URL": "sqlite:////tmp/x.sqlite3?timeout=long"}),
        ("DATABASE_URL", {"DATABASE_URL": f"{SERVER}?nonsense=1", "SECRET_KEY": KEY}),
        ("DATABASE_URL", {"DATABASE_URL": f"{SERVER}?connect_timeout=long", "SECRET_KEY": KEY}),
        ("DATABASE_URL", {"DATABASE_URL": f"{SERVER}?ssl_ca=/no/such/file", "SECRET_KEY": KEY}),
        ("DATABASE_URI", {"DATABASE_URI": SERVER}),
    ],
)
def test_the_process_stops_with_one_line_that_names_the_variable(
    tmp_path: Path, name: str, env: dict[str, str]
) -> None:
    ended = start(tmp_path, **env)
    assert ended.returncode == 1
    lines = ended.stderr.strip().splitlines()
    assert len(lines) == 1, ended.stderr
    assert lines[0].startswith(f"fairwind: {name}")
    assert "s3cret" not in ended.stderr
    assert ended.stdout == ""


@pytest.mark.parametrize(
    "address", ["amqp://host?heartbeat=abc", "amqp://host?nonsense=1", "amqp://user@host"]
)
def test_the_worker_stops_with_one_line_where_its_broker_has_an_odd_address(
    tmp_path: Path, address: str
) -> None:
    ended = start(tmp_path, "import worker.broker", BROKER_URL=address)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("fairwind: BROKER_URL cannot be used: ")
    assert ended.stderr.count("\n") == 1


def test_settings_that_fit_start_the_process(tmp_path: Path) -> None:
    ended = start(tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_refused_password_is_told_without_printing_it(mariadb: MariaDB, tmp_path: Path) -> None:
    url = mariadb.create_database()
    host = url.rsplit("@", 1)[1]
    wrong = f"mysql+pymysql://nobody:s3cret-word@{host}"
    with pytest.raises(SystemExit) as caught:
        create_app(Settings(database_url=wrong, secret_key=KEY, instance_dir=tmp_path))
    message = str(caught.value)
    assert message.startswith("fairwind: DATABASE_URL=mysql+pymysql://nobody:***@")
    assert "s3cret" not in message
    assert "\n" not in message
    missing = re.sub(r"/\w+(\?|$)", r"/no_such_database\1", url)
    with pytest.raises(SystemExit, match="no_such_database"):
        create_app(Settings(database_url=missing, secret_key=KEY, instance_dir=tmp_path))


# Its documentation


def test_the_readme_tells_every_variable() -> None:
    readme = (ROOT / "README.md").read_text()
    section = re.split(r"^#+ ", readme, flags=re.MULTILINE)
    settings = next(part for part in section if part.lower().startswith("settings\n"))
    told = re.findall(r"^\| *`([A-Z_]+)` *\|", settings, flags=re.MULTILINE)
    assert sorted(told) == sorted(VARIABLES)
    assert len(told) == len(set(told))
