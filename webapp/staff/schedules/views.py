"""The pages of the schedules: which there are, their times and ends, and adding a file of them."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, abort, flash, request, url_for
from flask_login import current_user
from werkzeug.exceptions import RequestEntityTooLarge

from webapp import clock
from webapp.db import transaction
from webapp.flights import schedule_times as times
from webapp.flights import schedules as endings
from webapp.flights.errors import ScheduleBegins, ScheduleChanged, ScheduleEndsBefore
from webapp.flights.generation import DAYS_AHEAD
from webapp.flights.pending import are_left_of, are_moving
from webapp.flights.schedule_file import import_schedules, schedules_in
from webapp.flights.schedule_lines import COLUMNS, FileRefused, FileUnreadable
from webapp.formats import clock_time, long_day, plural
from webapp.htmx import redirect, render
from webapp.network.queries import directory
from webapp.search.fields import refuse
from webapp.security import staff_required
from webapp.staff.access import managed_airlines, named_in_address
from webapp.staff.filters import read_routes
from webapp.staff.forms import RoutesForm
from webapp.staff.schedules.forms import (
    EndScheduleForm,
    ImportSchedulesForm,
    RetimeScheduleForm,
    SaveSchedulesForm,
)
from webapp.staff.schedules.plans import read_last_day, read_retiming, refuse_after_end
from webapp.staff.schedules.queries import (
    StaffSchedule,
    as_staff_see,
    ending_of,
    flies_again_on,
    flights_ahead,
    moving_of,
    schedule_of,
    schedules_found,
)

blueprint = Blueprint("staff_schedules", __name__, url_prefix="/staff/schedules")

_SCHEDULE = "/<designator>/<operates_from>/<origin>"
_ERRORS_SHOWN = 50
_SCHEDULES_SHOWN = 100
_TOO_LARGE = FileUnreadable(
    "the file is larger than 60 kB; bring it in parts, each with the line of columns"
)


@blueprint.get("")
@staff_required
def schedules() -> Response:
    """List the schedules of the airlines that the visitor works for."""
    network, managed = directory(), managed_airlines()
    names = {iata: network.airlines.get(iata, iata) for iata in managed}
    form = RoutesForm(request.args)
    if form.airline.data and form.airline.data not in managed:
        abort(404)
    form.offer_airlines(names)
    routes = read_routes(form, network, managed)
    found = None if form.errors else schedules_found(routes, form.page.data or 1)
    return render(
        "staff/schedules.html",
        "staff/_schedules.html",
        status=200 if found else 422,
        form=form,
        found=found,
        names=names,
        network=network,
        previous_page=found and found.beside(-1, request.path, request.args),
        next_page=found and found.beside(+1, request.path, request.args),
    )


@blueprint.route("/import", methods=["GET", "POST"])
@staff_required
def import_file() -> Response:
    """Show what a file of schedules would add."""
    form = ImportSchedulesForm()
    if request.method != "POST":
        return _show_import(form)
    if not form.validate():
        return _show_import(form, 422)
    form.file.data.seek(0)  # A run after a deadlock reads the file once more.
    content = form.file.data.read()
    try:
        found = schedules_in(content, managed_airlines())
    except FileRefused as refused:
        return _show_import(form, 422, refused)
    return render(
        "staff/save_schedules.html",
        found=found,
        shown=as_staff_see(found.new[:_SCHEDULES_SHOWN]),
        network=directory(),
        content=content.decode("utf-8-sig"),
        days_ahead=DAYS_AHEAD,
    )


@blueprint.errorhandler(RequestEntityTooLarge)
def refuse_large_file(error: RequestEntityTooLarge) -> Response | RequestEntityTooLarge:
    """Say beside the upload how large a file may be."""
    if not (current_user.is_authenticated and current_user.is_staff):
        return error
    return _show_import(ImportSchedulesForm(formdata=None), 413, _TOO_LARGE)


@blueprint.post("/import/save")
@staff_required
def save_file() -> Response:
    """Add the schedules that were shown, all of them or none, and make their flights."""
    form = SaveSchedulesForm()
    if not form.validate():
        return _show_import(ImportSchedulesForm(formdata=None), 422)
    content = (form.content.data or "").encode()
    try:
        done = import_schedules(content, airlines=managed_airlines())
    except FileRefused as refused:
        return _show_import(ImportSchedulesForm(formdata=None), 409, refused)
    flash(
        f"{plural(done.new, 'new schedule')} with {plural(done.flights, 'flight')}. "
        f"{done.there} were there already."
    )
    return redirect(url_for("staff_schedules.schedules"))


@blueprint.get(_SCHEDULE)
@staff_required
def schedule(designator: str, operates_from: str, origin: str) -> Response:
    """Show one schedule, with the way to its flights and to its end."""
    return _show(_schedule_at(designator, operates_from, origin))


@blueprint.get(f"{_SCHEDULE}/end")
@staff_required
def preview_end(designator: str, operates_from: str, origin: str) -> Response:
    """Say what would be cancelled, before the end is saved."""
    shown = _schedule_at(designator, operates_from, origin)
    if not request.args:
        return redirect(url_for("staff_schedules.schedule", **shown.address))
    form = EndScheduleForm(request.args)
    last_day = read_last_day(form, _today(shown), shown.schedule.operates_to)
    if last_day is None:
        return _show(shown, 422, end=form)
    return render(
        "staff/end_schedule.html",
        shown=shown,
        ending=ending_of(shown.schedule, last_day),
        again_on=flies_again_on(shown.schedule),
    )


@blueprint.post(f"{_SCHEDULE}/end")
@staff_required
def end_schedule(designator: str, operates_from: str, origin: str) -> Response:
    """Let a schedule end; its later flights are sold no more, and cancelled one by one."""
    shown = _schedule_at(designator, operates_from, origin)
    form = EndScheduleForm(request.form)
    is_done = (
        shown.schedule.ended_by is not None and form.last_day.data == shown.schedule.operates_to
    )
    last_day = read_last_day(form, _today(shown), None if is_done else shown.schedule.operates_to)
    if last_day is None:
        return _show(shown, 422, end=form)
    try:
        with transaction():
            endings.end_schedule(shown.schedule.id, last_day, current_user.email)
    except ScheduleEndsBefore as error:
        refuse(
            form.last_day, f"By now it ends on {long_day(error.ends_on)}. Choose an earlier one."
        )
        return _show(_schedule_at(designator, operates_from, origin), 409, end=form)
    never = last_day < shown.schedule.operates_from
    flies = "never flies" if never else f"flies for the last time on {long_day(last_day)}"
    flash(
        f"{shown.designator} {flies}. "
        "Later flights are off sale now, and are cancelled within minutes."
    )
    return redirect(url_for("staff_schedules.schedule", **shown.address))


@blueprint.get(f"{_SCHEDULE}/retime")
@staff_required
def preview_retiming(designator: str, operates_from: str, origin: str) -> Response:
    """Say which flights other times would move, and whom that concerns, before they are saved."""
    shown = _schedule_at(designator, operates_from, origin)
    if not request.args:
        return redirect(url_for("staff_schedules.schedule", **shown.address))
    form = RetimeScheduleForm(request.args)
    retiming = read_retiming(form, shown, _today(shown), directory())
    ends_on = shown.schedule.operates_to
    if retiming and ends_on and retiming.first_day > ends_on:
        refuse_after_end(form.first_day, ends_on)
    if retiming is None or form.errors:
        return _show(shown, 422, retime=form)
    return render(
        "staff/retime_schedule.html",
        shown=shown,
        form=form,
        retiming=retiming,
        moving=moving_of(shown.schedule, retiming.first_day, retiming.times),
    )


@blueprint.post(f"{_SCHEDULE}/retime")
@staff_required
def retime_schedule(designator: str, operates_from: str, origin: str) -> Response:
    """Let a schedule fly at other times from a day on; booked flights are moved one by one."""
    shown = _schedule_at(designator, operates_from, origin)
    form = RetimeScheduleForm(request.form)
    retiming = read_retiming(form, shown, _today(shown), directory())
    if retiming is None:
        return _show(shown, 422, retime=form)
    seen = request.form.get("seen")
    try:
        with transaction():
            flying = times.retime_schedule(
                shown.schedule.id, retiming.first_day, retiming.times, seen, current_user.email
            )
    except ScheduleChanged:
        return _show(_schedule_at(designator, operates_from, origin), 409, is_changed=True)
    except ScheduleEndsBefore as error:
        refuse_after_end(form.first_day, error.ends_on)
        return _show(_schedule_at(designator, operates_from, origin), 409, retime=form)
    except ScheduleBegins:
        refuse(form.first_day, "Another schedule of this number begins on that day.")
        return _show(_schedule_at(designator, operates_from, origin), 409, retime=form)
    flash(
        f"{shown.designator} leaves at {clock_time(retiming.times.departs)} from "
        f"{long_day(retiming.first_day)} on. Flights that are booked move within minutes, and "
        "their travellers are told by mail."
    )
    operates_from = flying.operates_from.isoformat()
    return redirect(
        url_for("staff_schedules.schedule", **{**shown.address, "operates_from": operates_from})
    )


def _schedule_at(designator: str, operates_from: str, origin: str) -> StaffSchedule:
    found = schedule_of(*named_in_address(designator, operates_from, origin))
    return found or abort(404)


def _today(shown: StaffSchedule) -> date:
    return clock.now().astimezone(directory().airports[shown.schedule.origin_iata].zone).date()


def _show(
    shown: StaffSchedule,
    status: int = 200,
    end: EndScheduleForm | None = None,
    retime: RetimeScheduleForm | None = None,
    *,
    is_changed: bool = False,
) -> Response:
    schedule = shown.schedule
    present = schedule.times
    return render(
        "staff/schedule.html",
        status=status,
        shown=shown,
        end=end or EndScheduleForm(),
        retime=retime
        or RetimeScheduleForm(
            departs_local=present.departs,
            arrives_local=present.arrives,
            day_shift=str(present.day_shift),
        ),
        is_changed=is_changed,
        network=directory(),
        flights=flights_ahead(schedule),
        is_being_ended=are_left_of(schedule),
        is_being_moved=are_moving(schedule),
        today=_today(shown),
    )


def _show_import(
    form: ImportSchedulesForm, status: int = 200, refused: FileRefused | None = None
) -> Response:
    errors = refused.errors if refused else []
    return render(
        "staff/import_schedules.html",
        status=status,
        form=form,
        errors=errors[:_ERRORS_SHOWN],
        total=len(errors),
        is_unreadable=isinstance(refused, FileUnreadable),
        columns=COLUMNS,
    )
