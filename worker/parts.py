"""The parts of the worker in one process, from their start to a signal that asks for an end."""

from __future__ import annotations

import logging
import signal
import threading

import dramatiq

from webapp import logs
from worker import actors, heartbeat  # Whose import declares every actor on the broker.
from worker.broker import broker, settings
from worker.dispatch import dispatch_until

log = logging.getLogger("fairwind.worker")

__all__ = ["actors", "run"]


def run(parts: list[str]) -> int:
    """Run the parts until a signal asks for an end; finish what is under way."""
    logs.configure()
    if settings.broker_url is None and set(parts) != set(heartbeat.PARTS):
        print("worker: without BROKER_URL all parts run in one process; name none of them")
        return 2
    log.info("event=worker.started parts=%s", ",".join(parts))
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    _run(parts, stop)
    return 0


def _run(parts: list[str], stop: threading.Event) -> None:
    workers = []
    if "deliver" in parts:
        # Upkeep has a thread of its own: however long it takes, no mail waits for it. Two workers
        # on one broker are unusual, which Dramatiq says at each start, but each has its queue.
        broker.logger.addFilter(lambda record: "same type twice" not in record.msg)
        workers = [
            dramatiq.Worker(broker, queues={"mail"}, worker_threads=settings.worker_threads),
            dramatiq.Worker(broker, queues={"upkeep"}, worker_threads=1),
        ]
    scheduler = None
    if "schedule" in parts:
        # Imported where it runs: the others spare the memory of the scheduler.
        from worker.schedule import start_schedule

        scheduler = start_schedule()
    dispatcher = threading.Thread(target=dispatch_until, args=(stop,), name="dispatch")
    for worker in workers:
        worker.start()
    if "dispatch" in parts:
        dispatcher.start()
    while not stop.is_set():
        well = [part for part in parts if part != "dispatch" or dispatcher.is_alive()]
        heartbeat.beat(settings.instance_dir, well)
        stop.wait(heartbeat.SECONDS)
    if scheduler:
        scheduler.shutdown(wait=False)
    if dispatcher.is_alive():
        dispatcher.join()
    for worker in workers:
        worker.stop()
    broker.close()
