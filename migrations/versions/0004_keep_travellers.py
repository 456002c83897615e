"""Keep the travellers of an account, and number the tickets that were sold without a number."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def upgrade():
    op.create_table(
        "saved_travellers",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("given_name", sa.String(length=60), nullable=False),
        sa.Column("family_name", sa.String(length=60), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=False),
        sa.Column("saved_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_saved_travellers_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_travellers")),
    )
    op.create_index(op.f("ix_saved_travellers_user_id"), "saved_travellers", ["user_id"])
    _number_tickets()


def _number_tickets():
    connection = op.get_bind()
    sold = connection.execute(
        sa.text(
            "SELECT passengers.id, MIN(airlines.ticketing_code) AS code FROM passengers"
            " JOIN bookings ON bookings.id = passengers.booking_id"
            " JOIN segments ON segments.booking_id = bookings.id AND segments.position = 0"
            " JOIN flights ON flights.id = segments.flight_id"
            " JOIN airlines ON airlines.iata = flights.airline_iata"
            " WHERE bookings.confirmed_at IS NOT NULL GROUP BY passengers.id"
        )
    ).all()
    number = sa.text("UPDATE passengers SET ticket_number = :number WHERE id = :id")
    for row in sold:
        # The serial's rule is that of the day on which this was written.
        serial = row.id * 7_368_787_871 % 10**10
        connection.execute(number, {"number": f"{row.code}{serial:010}", "id": row.id})


def downgrade():
    op.drop_table("saved_travellers")
