"""The page of what a flight's cabins are sold for, and how many of their seats."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for
from flask_login import current_user

from webapp.flights.errors import SeatsTaken
from webapp.flights.sales import sale_of, sale_wanted
from webapp.flights.sales import set_sales as set_sales_of
from webapp.htmx import redirect, render
from webapp.network.models import Cabin
from webapp.security import staff_required
from webapp.staff.queries import StaffFlight
from webapp.staff.sales import plans
from webapp.staff.sales.forms import SetSalesForm
from webapp.staff.views import as_shown, flight_at

blueprint = Blueprint(
    "staff_sales", __name__, url_prefix="/staff/flights/<designator>/<departs_on>/<origin>"
)


@blueprint.get("/sales")
@staff_required
def sales(designator: str, departs_on: str, origin: str) -> Response:
    """Show the fares and the seats on sale, to be changed."""
    shown = flight_at(designator, departs_on, origin)
    return _show(shown, SetSalesForm(None, data=plans.sales_of(shown)))


@blueprint.get("/sales/preview")
@staff_required
def preview_sales(designator: str, departs_on: str, origin: str) -> Response:
    """Say for how much, and how many seats, would be sold, before it is saved."""
    shown = flight_at(designator, departs_on, origin)
    form = SetSalesForm(request.args)
    if not request.args:
        return redirect(url_for("staff_sales.sales", **shown.address))
    sales = plans.read_sales(form, shown)
    if sales is None:
        return _show(shown, form, 422)
    return render("staff/sales_preview.html", shown=shown, form=form, sales=sales)


@blueprint.post("/sales")
@staff_required
def set_sales(designator: str, departs_on: str, origin: str) -> Response:
    """Sell the flight's cabins on other terms from now on."""
    shown = flight_at(designator, departs_on, origin)
    form = SetSalesForm()
    sales = plans.read_sales(form, shown)
    if sales is None:
        return _show(shown, form, 422)
    wanted = {each.load.cabin.value: each.sale for each in sales}
    try:
        with as_shown(
            shown,
            lambda flight: all(
                sale_wanted(each, wanted[each.cabin]) == sale_of(each)
                for each in flight.cabins
                if each.cabin in wanted
            ),
        ):
            is_changed = set_sales_of(shown.flight.id, wanted, current_user.email)
    except SeatsTaken as error:
        form.seats_of(Cabin(error.cabin)).errors = [plans.taken_already(error.taken)]
        return _show(flight_at(designator, departs_on, origin), form, 409)
    flash("Fares and seats are saved." if is_changed else "Nothing was changed.")
    return redirect(url_for("staff.flight", **shown.address))


def _show(shown: StaffFlight, form: SetSalesForm, status: int = 200) -> Response:
    return render("staff/sales.html", status=status, shown=shown, form=form)
