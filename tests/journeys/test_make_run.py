"""`python -m webapp.run`: what `make run` does beside serving."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path

from tests.journeys.conftest import ROOT, Product
from tests.services.loopback import free_port


def test_a_port_in_use_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "webapp.run"],
            cwd=ROOT,
            env={**os.environ, "INSTANCE_DIR": str(tmp_path), "PORT": port},
            capture_output=True,
            text=True,
            timeout=30,
        )
    assert done.returncode == 1
    assert done.stderr == f"fairwind: PORT={port} is in use; choose another\n"


def test_ctrl_c_stops_it_in_good_order_while_the_demo_is_loaded(tmp_path: Path) -> None:
    heard = signal.SIGINT, signal.default_int_handler  # Whoever runs the tests may be deaf to it.
    with subprocess.Popen(
        [sys.executable, "-m", "webapp.run"],
        cwd=ROOT,
        env={**os.environ, "INSTANCE_DIR": str(tmp_path), "PORT": str(free_port())},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=partial(signal.signal, *heard),
    ) as started:
        assert started.stdout
        said = started.stdout.readline()
        started.send_signal(signal.SIGINT)
        rest = started.stdout.read()
    assert said == b"Loading the demo network\n"
    assert (started.returncode, b"Traceback" in rest) == (130, False)


def test_the_first_start_shows_how_far_the_loading_is(product: Product) -> None:
    log = Path(product.environment["INSTANCE_DIR"], "log").read_text()
    assert "Loading the demo network" in log
    assert "120 airports" in log
    assert log.index("120 airports") < log.index(product.address)
