"""What happens every minute: ids-free messages to the upkeep actors.

Two schedulers at once do no harm: each actor it calls may run twice.
"""

from __future__ import annotations

from collections.abc import Callable

from apscheduler.schedulers.background import BackgroundScheduler
from dramatiq import Actor

from webapp import clock
from worker.actors.alerts import check_alerts
from worker.actors.inventory import expire_holds
from worker.actors.network import follow_schedules, roll_schedules
from worker.actors.privacy import forget_what_is_past
from worker.presence import Presence


def start_schedule() -> BackgroundScheduler:
    """Start the schedule in a thread of its own, beginning with everything at once.

    Schedules are rolled and the past is forgotten every minute rather than at midnight, since the
    clock of the business may be moved; a run that finds nothing to do costs a few small queries.
    """
    scheduler, broker = BackgroundScheduler(timezone="UTC"), Presence("broker")
    for actor in (
        expire_holds,
        check_alerts,
        follow_schedules,
        roll_schedules,
        forget_what_is_past,
    ):
        scheduler.add_job(
            sending(actor, broker),
            "interval",
            minutes=1,
            next_run_time=clock.machine_now(),
            coalesce=True,
            misfire_grace_time=None,
        )
    scheduler.start()
    return scheduler


def sending(actor: Actor[[], None], broker: Presence) -> Callable[[], None]:
    """Return what sends an actor's message, and tells of a broker that is away once for all."""

    def send() -> None:
        try:
            actor.send()
        except Exception as error:  # What is missed now is done at the next turn.
            broker.note_away(str(error), actor.actor_name)
        else:
            broker.note_back(actor.actor_name)

    return send
