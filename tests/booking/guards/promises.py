"""Promises by short names, in the words of the integrity check."""

AS_SHOWN = "Every quote that was confirmed is in the ledger as it was shown"
CHARGED = (
    "What a confirmed booking was charged, less refunds, is the price of its tickets and seats"
)
COUPONLESS = "Every passenger of a confirmed booking has a place on each of its flights"
GIVEN_BACK = "Nobody got back more than was paid"
KEPT = "The prices of a cancelled booking have come back, and what was kept is a fee"
MISCOUNTED = "The seats sold and held in every cabin are those of its bookings and holds"
ONCE = "No booking was held, confirmed, cancelled or let go more than once"
ONE_FORM = "A button made one booking, however often it was pressed"
OVERSOLD = "No cabin has more seats sold and held than can be sold"
PRICES = "A passenger's price is the sum of what their flights cost"
REMINDERS = "Every flight of a confirmed booking has one reminder"
SEATLESS = "Every adult and child of a confirmed booking has a seat on each of its flights"
SEAT_TWICE = "A seat on a flight belongs to at most one passenger"
SOLD_LATE = "No hold was sold after its time"
STILL_FLOWN = "Nothing that was cancelled or changed for another flight can still be flown"
TOTAL = "A booking's total is the sum of its passengers' prices"
UNLIKE_CLAIMS = (
    "Bookings that live have their seats; cancelled and expired ones have given them back"
)
UNTOLD = "Everybody booked on a cancelled flight is told"
