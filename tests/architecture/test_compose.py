"""docker-compose.yml and the Dockerfile, held against what they name, since no engine is needed."""

from __future__ import annotations

import json
import re
import shlex
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.journeys.production import COMPOSE, DOCKERFILE, MIGRATE, OUR_IMAGE, ROOT, compose
from webapp.config import VARIABLES
from worker.heartbeat import PARTS

SCHEMA = Path(__file__).with_name("compose_schema.json")
DOCUMENT = compose()
SERVICES: dict[str, dict[str, Any]] = DOCUMENT["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == OUR_IMAGE}
LONG_RUNNING = {name: service for name, service in SERVICES.items() if name != MIGRATE}


def test_the_file_keeps_to_the_compose_specification() -> None:
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    errors = jsonschema.Draft202012Validator(schema).iter_errors(DOCUMENT)
    assert [f"{'.'.join(map(str, each.absolute_path))}: {each.message}" for each in errors] == []


def test_the_schema_refuses_what_compose_would_refuse() -> None:
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
    for wrong in (
        {"services": {"web": {"command": "x"}}},
        {"services": {"web": {"image": "x", "health_check": {}}}},
        {"services": {"web": {"image": "x", "restart": False}}},
        {"services": {"web": {"image": "x", "depends_on": {"a": {"condition": "healthy"}}}}},
        {"services": {"web": {"image": "x", "ports": ["80"]}}},
    ):
        assert not validator.is_valid(wrong), wrong


def test_each_kind_of_process_is_there() -> None:
    assert set(SERVICES) == {
        *("migrate", "web", "worker", "dispatcher-scheduler"),
        *("mariadb", "rabbitmq", "mailpit"),
    }
    parts = [_words(each)[3:] for name, each in OURS.items() if "worker" in _words(each)]
    assert sorted(part for each in parts for part in each) == sorted(PARTS)


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_every_service_that_runs_on_has_a_health_check_and_comes_back(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_a_worker_is_asked_after_the_parts_that_it_runs() -> None:
    for service in OURS.values():
        words = _words(service)
        if "worker" in words:
            asked = service["healthcheck"]["test"][1:]
            assert asked == ["python", "-m", "worker", "healthy", *words[3:]]


@pytest.mark.parametrize("name", OURS)
def test_only_settings_that_we_know_are_set(name: str) -> None:
    assert set(OURS[name]["environment"]) <= set(VARIABLES)


@pytest.mark.parametrize("name", OURS)
def test_commands_name_modules_that_exist(name: str) -> None:
    commands = [_words(OURS[name])]
    if "healthcheck" in OURS[name]:
        commands.append(OURS[name]["healthcheck"]["test"][1:])
    for command in commands:
        assert command[0] in ("python", "flask")
        named = [after for word, after in pairwise(command) if word in ("-m", "--app")]
        assert named or "-c" in command
        for module in named:
            assert find_spec(module), module


def test_migrations_run_once_before_everything_of_ours() -> None:
    assert _words(SERVICES[MIGRATE])[-2:] == ["db", "upgrade"]
    assert SERVICES[MIGRATE]["restart"] == "no"
    assert SERVICES[MIGRATE]["depends_on"] == {"mariadb": {"condition": "service_healthy"}}
    for name, service in OURS.items():
        if name != MIGRATE:
            first = service["depends_on"][MIGRATE]
            assert first == {"condition": "service_completed_successfully"}, name


def test_our_image_is_built_once_and_pulled_by_none() -> None:
    # Compose builds all at once, and engines that keep images in containerd refuse a name that two
    # builds give; without a policy it would ask a registry for what is built here.
    assert [name for name, service in SERVICES.items() if "build" in service] == [MIGRATE]
    assert {service["pull_policy"] for service in OURS.values()} == {"never"}


def test_what_a_service_waits_for_exists() -> None:
    for name, service in SERVICES.items():
        assert set(service.get("depends_on", {})) <= set(SERVICES) - {name}


def test_only_the_web_and_the_mails_are_published_and_on_loopback_only() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert set(published) == {"web", "mailpit"}
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)


@pytest.mark.parametrize(
    ("more", "address"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"WEB_PORT": "8080"}, "http://127.0.0.1:8080"),
        ({"WEB_PORT": "8080", "BASE_URL": "https://fairwind.example"}, "https://fairwind.example"),
    ],
)
def test_links_lead_to_the_port_that_is_published(more: dict[str, str], address: str) -> None:
    secrets = {"SECRET_KEY": "s", "MARIADB_PASSWORD": "m", "RABBITMQ_PASSWORD": "r"}
    web = compose(secrets | more)["services"]["web"]
    assert web["environment"]["BASE_URL"] == address
    assert web["ports"] == [f"127.0.0.1:{more.get('WEB_PORT', '8000')}:8000"]


def test_the_hosts_in_the_addresses_are_services() -> None:
    for service in OURS.values():
        addresses = [
            service["environment"][f"{name}_URL"] for name in ("DATABASE", "BROKER", "MAIL")
        ]
        for address in addresses:
            host = re.search(r"(?:@|//)([\w-]+):\d+", address)
            assert host, address
            assert host[1] in SERVICES


def test_volumes_are_named_and_used() -> None:
    mounts = [mount for service in SERVICES.values() for mount in service.get("volumes", [])]
    assert sorted(mount.partition(":")[0] for mount in mounts) == sorted(DOCUMENT["volumes"])


@pytest.mark.parametrize("name", ["SECRET_KEY", "MARIADB_PASSWORD", "RABBITMQ_PASSWORD"])
def test_a_secret_has_no_default(name: str) -> None:
    values = {"SECRET_KEY": "s", "MARIADB_PASSWORD": "m", "RABBITMQ_PASSWORD": "r", name: ""}
    with pytest.raises(KeyError, match=f"{name} is not set"):
        compose(values)
    assert f"\n{name}=\n" in (ROOT / ".env.example").read_text()


def test_each_variable_of_the_file_is_explained_in_the_example() -> None:
    explained = re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert set(re.findall(r"\$\{(\w+)", COMPOSE.read_text())) == set(explained)


def test_the_image_takes_what_exists_and_runs_without_root() -> None:
    lines = DOCKERFILE.read_text().replace("\\\n", " ").splitlines()
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY ")]
    sources = [word for words in copied if not words[0].startswith("--from") for word in words]
    assert all((ROOT / source).exists() for source in sources)
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert not set(sources) & set(ignored)
    assert [line for line in lines if line.startswith("USER ")] == ["USER fairwind"]
    (command,) = [json.loads(line[4:]) for line in lines if line.startswith("CMD ")]
    assert command == _words(SERVICES["web"])


def test_the_image_installs_as_the_makefile_does() -> None:
    makefile = (ROOT / "Makefile").read_text()
    options = "--no-deps --require-hashes --no-build-isolation --use-pep517"
    assert options in makefile
    installs = re.findall(r"pip install .*?-r (\S+)", DOCKERFILE.read_text().replace("\\\n", ""))
    assert installs == ["requirements-build.lock", "requirements.lock"]
    assert " ".join(DOCKERFILE.read_text().replace("\\\n", "").split()).count(options) == 2


def _words(service: dict[str, Any]) -> list[str]:
    command = service["command"]
    return shlex.split(command) if isinstance(command, str) else list(command)
