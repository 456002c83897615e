"""Let staff close a cabin, so that a seat that comes back is not sold again."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

CABINS = sa.table(
    "flight_cabins",
    *map(sa.column, ("flight_id", "cabin", "capacity", "sellable", "sold", "held", "is_closed")),
)
EVENTS = sa.table(
    "flight_events",
    *map(sa.column, ("id", "flight_id", "what")),
    sa.column("before", sa.JSON),
    sa.column("after", sa.JSON),
)


def upgrade():
    with op.batch_alter_table("flight_cabins") as table:
        table.add_column(
            sa.Column("is_closed", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        table.create_check_constraint(
            op.f("ck_flight_cabins_stays_closed"), "NOT is_closed OR sold + held = sellable"
        )
    # Of those that were closed with seats taken staff were told that what comes back is sold again.
    ending = sa.select(EVENTS.c.flight_id).where(EVENTS.c.what == "ending")
    closed = sa.update(CABINS).values(is_closed=sa.true())
    bind = op.get_bind()
    bind.execute(closed.where(CABINS.c.capacity > 0, CABINS.c.sellable == 0))
    bind.execute(
        closed.where(
            CABINS.c.flight_id.in_(ending), CABINS.c.sold + CABINS.c.held == CABINS.c.sellable
        )
    )
    lost = sa.select(CABINS.c.flight_id, CABINS.c.cabin).where(
        CABINS.c.capacity == 0, CABINS.c.sellable == 0
    )
    for flight_id, cabin in bind.execute(lost).all():
        if _was_closed(bind, flight_id, cabin):
            bind.execute(closed.where(CABINS.c.flight_id == flight_id, CABINS.c.cabin == cabin))


def downgrade():
    with op.batch_alter_table("flight_cabins") as table:
        table.drop_constraint(op.f("ck_flight_cabins_stays_closed"), type_="check")
        table.drop_column("is_closed")


def _was_closed(bind, flight_id, cabin):
    """Tell whether staff had closed a cabin that the flight lost with an aircraft since."""
    events = sa.select(EVENTS.c.what, EVENTS.c.before, EVENTS.c.after).where(
        EVENTS.c.flight_id == flight_id, EVENTS.c.what.in_(("sales", "aircraft"))
    )
    for what, before, after in bind.execute(events.order_by(EVENTS.c.id.desc())).all():
        if what == "sales" and cabin in after:
            return after[cabin]["sellable"] == 0
        if what == "aircraft" and cabin in after.get("cabins", ()):
            # It was sold when it was lost, or came back as closed as it was.
            return after["cabins"][cabin]["sellable"] == 0 and cabin not in before["cabins"]
    return False
