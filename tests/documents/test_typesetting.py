"""Documents are set by a process of its own, which comes and goes."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Thread

import psutil
import pytest
from dramatiq.middleware import TimeLimitExceeded, raise_thread_exception

from tests.worker.conftest import eventually
from webapp.documents.typesetting import DocumentRefused, Typesetter


@pytest.fixture
def typesetter() -> Iterator[Typesetter]:
    one = Typesetter()
    yield one
    one.end()


@pytest.fixture
def order(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "hello.typ").write_text("Hello #json(bytes(sys.inputs.data)).name")
    data = json.dumps({"name": "Alice"})
    return {"folder": str(tmp_path), "template": "hello.typ", "data": data, "made_at": "0"}


def running() -> set[psutil.Process]:
    """Return the processes that set documents, those of other tests among them."""
    found = set()
    for each in psutil.Process().children():
        with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            if any("typesetter.py" in word for word in each.cmdline()):
                found.add(each)
    return found


def test_the_same_order_makes_the_same_document(
    typesetter: Typesetter, order: dict[str, str]
) -> None:
    first = typesetter.set(order)
    assert first.startswith(b"%PDF")
    assert typesetter.set(order) == first
    typesetter.end()
    assert typesetter.set(order) == first


def test_orders_of_many_threads_are_answered_each_with_its_own(
    typesetter: Typesetter, order: dict[str, str]
) -> None:
    def set_for(number: int) -> bytes:
        return typesetter.set(order | {"data": json.dumps({"name": f"{number:04}" * 50})})

    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(set_for, range(40)))
    assert together == [set_for(number) for number in range(40)]
    assert len(set(together)) == 40


def test_a_process_that_was_killed_is_started_again(
    typesetter: Typesetter, order: dict[str, str]
) -> None:
    others = running()
    first = typesetter.set(order)
    (own,) = running() - others
    own.kill()
    assert typesetter.set(order) == first
    assert own not in running()


def test_a_process_that_hangs_is_started_again(order: dict[str, str]) -> None:
    typesetter, others = Typesetter(answer_seconds=2), running()
    first = typesetter.set(order)
    (own,) = running() - others
    own.suspend()
    assert typesetter.set(order) == first
    assert own not in running()
    typesetter.end()


def test_whoever_is_interrupted_leaves_no_document_for_the_next(
    typesetter: Typesetter, order: dict[str, str], tmp_path: Path
) -> None:
    bobs = order | {"data": json.dumps({"name": "Bob"})}
    expected = typesetter.set(bobs)
    (tmp_path / "slow.typ").write_text("#for each in range(20000) [Alice #each #parbreak()]")
    interrupted: list[BaseException] = []

    def set_slowly() -> None:
        try:
            typesetter.set(order | {"template": "slow.typ"})
        except TimeLimitExceeded as limit:
            interrupted.append(limit)

    thread = Thread(target=set_slowly)
    thread.start()
    time.sleep(0.1)
    # As the worker does with an actor that takes too long: it falls between an order and its
    # document.
    raise_thread_exception(thread.ident, TimeLimitExceeded)
    thread.join()

    assert interrupted
    assert typesetter.set(bobs) == expected


def test_it_ends_when_it_is_idle_and_starts_when_it_is_asked_again(order: dict[str, str]) -> None:
    others = running()
    typesetter = Typesetter(idle_seconds=0.2)
    first = typesetter.set(order)
    assert len(running() - others) == 1
    assert eventually(lambda: running() == others)
    assert typesetter.set(order) == first
    typesetter.end()


def test_what_cannot_be_set_is_said_in_words_and_the_next_order_is_answered(
    typesetter: Typesetter, order: dict[str, str]
) -> None:
    with pytest.raises(DocumentRefused, match="name"):
        typesetter.set(order | {"data": "{}"})
    assert typesetter.set(order).startswith(b"%PDF")
