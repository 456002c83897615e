"""Sell fare families, with a coupon per passenger and segment, a ledger, and quotes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def code(length):
    exact = mysql.CHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(exact, "mysql", "mariadb")


def word(length):
    exact = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(exact, "mysql", "mariadb")


def upgrade():
    with op.batch_alter_table("bookings") as table:
        table.add_column(sa.Column("family", word(10), nullable=False, server_default="light"))
        table.add_column(sa.Column("conditions", sa.JSON(), nullable=True))
        table.add_column(sa.Column("contact_phone", word(20), nullable=True))
        table.add_column(
            sa.Column("calendar_sequence", sa.Integer(), nullable=False, server_default="0")
        )
    op.execute("UPDATE bookings SET conditions = '{}'")
    with op.batch_alter_table("bookings") as table:
        table.alter_column("conditions", existing_type=sa.JSON(), nullable=False)
    with op.batch_alter_table("segments") as table:
        table.add_column(
            sa.Column("journey", sa.SmallInteger(), nullable=False, server_default="0")
        )
        table.add_column(sa.Column("dropped_at", INSTANT, nullable=True))
    with op.batch_alter_table("passengers") as table:
        table.add_column(sa.Column("ticket_number", code(13), nullable=True))
        table.add_column(sa.Column("nationality", code(2), nullable=True))
        table.add_column(sa.Column("document_number", word(20), nullable=True))
        table.add_column(sa.Column("document_country", code(2), nullable=True))
        table.add_column(sa.Column("document_expires_on", sa.Date(), nullable=True))
        table.add_column(sa.Column("cancelled_at", INSTANT, nullable=True))
        table.create_unique_constraint(op.f("uq_passengers_ticket_number"), ["ticket_number"])
    op.create_table(
        "quotes",
        sa.Column("id", ID, nullable=False),
        sa.Column("token", word(64), nullable=False),
        sa.Column("booking_id", ID, nullable=False),
        sa.Column("kind", word(16), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("total_minor", sa.Integer(), nullable=False),
        sa.Column("currency", code(3), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_quotes_booking_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotes")),
        sa.UniqueConstraint("token", name=op.f("uq_quotes_token")),
    )
    op.create_index(op.f("ix_quotes_booking_id"), "quotes", ["booking_id"])
    op.create_table(
        "ledger_entries",
        sa.Column("id", ID, nullable=False),
        sa.Column("booking_id", ID, nullable=False),
        sa.Column("quote_id", ID, nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("kind", word(10), nullable=False),
        sa.Column("amount_minor", sa.Integer(), nullable=False),
        sa.Column("currency", code(3), nullable=False),
        sa.Column("what", sa.String(length=160), nullable=False),
        sa.Column("rule", sa.String(length=200), nullable=True),
        sa.CheckConstraint(
            "(kind = 'refund') = (amount_minor < 0)", name=op.f("ck_ledger_entries_sign")
        ),
        sa.CheckConstraint(
            "kind IN ('charge', 'fee', 'refund')", name=op.f("ck_ledger_entries_kind")
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("fk_ledger_entries_booking_id")
        ),
        sa.ForeignKeyConstraint(
            ["quote_id"], ["quotes.id"], name=op.f("fk_ledger_entries_quote_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entries")),
    )
    op.create_index(op.f("ix_ledger_entries_booking_id"), "ledger_entries", ["booking_id"])
    op.create_table(
        "coupons",
        sa.Column("id", ID, nullable=False),
        sa.Column("passenger_id", ID, nullable=False),
        sa.Column("segment_id", ID, nullable=False),
        sa.Column("flight_id", ID, nullable=False),
        sa.Column("price_minor", sa.Integer(), nullable=False),
        sa.Column("seat", word(4), nullable=True),
        sa.Column("seat_price_minor", sa.Integer(), nullable=False),
        sa.Column("status", word(12), nullable=False),
        sa.Column("checked_in_at", INSTANT, nullable=True),
        sa.Column("boarding_sequence", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "seat IS NULL OR status <> 'cancelled'", name=op.f("ck_coupons_seat_given_back")
        ),
        sa.ForeignKeyConstraint(["flight_id"], ["flights.id"], name=op.f("fk_coupons_flight_id")),
        sa.ForeignKeyConstraint(
            ["passenger_id"], ["passengers.id"], name=op.f("fk_coupons_passenger_id")
        ),
        sa.ForeignKeyConstraint(
            ["segment_id"], ["segments.id"], name=op.f("fk_coupons_segment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupons")),
        sa.UniqueConstraint(
            "passenger_id", "segment_id", name=op.f("uq_coupons_passenger_id_segment_id")
        ),
        sa.UniqueConstraint("flight_id", "seat", name=op.f("uq_coupons_flight_id_seat")),
        sa.UniqueConstraint(
            "flight_id", "boarding_sequence", name=op.f("uq_coupons_flight_id_boarding_sequence")
        ),
    )
    op.create_index(op.f("ix_coupons_segment_id"), "coupons", ["segment_id"])
    _carry_over()


def _carry_over():
    # What was booked before keeps its whole price on the first flight's coupon, and what counted
    # as paid becomes the first line of its ledger.
    op.execute(
        "INSERT INTO coupons (passenger_id, segment_id, flight_id, price_minor, seat_price_minor,"
        " status)"
        " SELECT passengers.id, segments.id, segments.flight_id,"
        " CASE WHEN segments.position = 0 THEN passengers.price_minor ELSE 0 END, 0,"
        " CASE WHEN bookings.status IN ('cancelled', 'expired') THEN 'cancelled' ELSE 'open' END"
        " FROM passengers JOIN segments ON segments.booking_id = passengers.booking_id"
        " JOIN bookings ON bookings.id = passengers.booking_id"
    )
    op.execute(
        "INSERT INTO ledger_entries (booking_id, at, kind, amount_minor, currency, what)"
        " SELECT id, confirmed_at, 'charge', total_minor, currency, 'Flights' FROM bookings"
        " WHERE confirmed_at IS NOT NULL"
    )


def downgrade():
    op.drop_table("coupons")
    op.drop_table("ledger_entries")
    op.drop_table("quotes")
    with op.batch_alter_table("passengers") as table:
        table.drop_constraint(op.f("uq_passengers_ticket_number"), type_="unique")
        for column in (
            "cancelled_at",
            "document_expires_on",
            "document_country",
            "document_number",
            "nationality",
            "ticket_number",
        ):
            table.drop_column(column)
    with op.batch_alter_table("segments") as table:
        table.drop_column("dropped_at")
        table.drop_column("journey")
    with op.batch_alter_table("bookings") as table:
        for column in ("calendar_sequence", "contact_phone", "conditions", "family"):
            table.drop_column(column)
