"""Create the tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0001"
down_revision = None
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


def exact_text(length):
    exact = mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin")
    return sa.String(length).with_variant(exact, "mysql", "mariadb")


def upgrade():
    if op.get_bind().dialect.name != "sqlite":
        # A database may have been made with an older default.
        op.execute("ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
    op.create_table(
        "aircraft_types",
        sa.Column("code", word(24), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_aircraft_types")),
    )
    op.create_table(
        "airlines",
        sa.Column("iata", code(2), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("ticketing_code", code(3), nullable=False),
        sa.Column("currency", code(3), nullable=False),
        sa.PrimaryKeyConstraint("iata", name=op.f("pk_airlines")),
    )
    op.create_table(
        "airports",
        sa.Column("iata", code(3), nullable=False),
        sa.Column("city_code", code(3), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("city", sa.String(length=80), nullable=False),
        sa.Column("country", code(2), nullable=False),
        sa.Column("timezone", word(40), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("mct_domestic_minutes", sa.SmallInteger(), nullable=False),
        sa.Column("mct_international_minutes", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("iata", name=op.f("pk_airports")),
    )
    with op.batch_alter_table("airports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_airports_city_code"), ["city_code"], unique=False)

    op.create_table(
        "notifications",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", word(100), nullable=False),
        sa.Column("kind", word(30), nullable=False),
        sa.Column("booking_id", ID, nullable=False),
        sa.Column("segment_id", ID, nullable=True),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("state", word(10), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("message_id", word(120), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sa.UniqueConstraint("key", name=op.f("uq_notifications_key")),
    )
    with op.batch_alter_table("notifications", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_notifications_booking_id"), ["booking_id"], unique=False
        )
        batch_op.create_index("ix_notifications_due", ["state", "due_at"], unique=False)
        batch_op.create_index("ix_notifications_lease", ["state", "lease_until"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_notifications_segment_id"), ["segment_id"], unique=False
        )

    op.create_table(
        "rate_limits",
        sa.Column("key", code(64), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rate_limits")),
    )
    with op.batch_alter_table("rate_limits", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rate_limits_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "seat_layouts",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_layouts")),
        sa.UniqueConstraint("name", name=op.f("uq_seat_layouts_name")),
    )
    op.create_table(
        "aircraft",
        sa.Column("id", ID, nullable=False),
        sa.Column("tail", word(10), nullable=False),
        sa.Column("type_code", word(24), nullable=False),
        sa.Column("airline_iata", code(2), nullable=False),
        sa.Column("layout_id", ID, nullable=False),
        sa.Column("built_in", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["airline_iata"], ["airlines.iata"], name=op.f("fk_aircraft_airline_iata")
        ),
        sa.ForeignKeyConstraint(
            ["layout_id"], ["seat_layouts.id"], name=op.f("fk_aircraft_layout_id")
        ),
        sa.ForeignKeyConstraint(
            ["type_code"], ["aircraft_types.code"], name=op.f("fk_aircraft_type_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_aircraft")),
        sa.UniqueConstraint("tail", name=op.f("uq_aircraft_tail")),
    )
    with op.batch_alter_table("aircraft", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_aircraft_airline_iata"), ["airline_iata"], unique=False
        )

    op.create_table(
        "cabin_layouts",
        sa.Column("layout_id", ID, nullable=False),
        sa.Column("cabin", word(16), nullable=False),
        sa.Column("first_row", sa.SmallInteger(), nullable=False),
        sa.Column("last_row", sa.SmallInteger(), nullable=False),
        sa.Column("letters", word(16), nullable=False),
        sa.Column("exit_rows", word(80), nullable=False),
        sa.Column("extra_legroom_rows", word(80), nullable=False),
        sa.Column("blocked_seats", word(200), nullable=False),
        sa.CheckConstraint("last_row >= first_row", name=op.f("ck_cabin_layouts_rows")),
        sa.ForeignKeyConstraint(
            ["layout_id"], ["seat_layouts.id"], name=op.f("fk_cabin_layouts_layout_id")
        ),
        sa.PrimaryKeyConstraint("layout_id", "cabin", name=op.f("pk_cabin_layouts")),
    )
    op.create_table(
        "schedules",
        sa.Column("id", ID, nullable=False),
        sa.Column("airline_iata", code(2), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("origin_iata", code(3), nullable=False),
        sa.Column("destination_iata", code(3), nullable=False),
        sa.Column("operates_from", sa.Date(), nullable=False),
        sa.Column("operates_to", sa.Date(), nullable=True),
        sa.Column("days", word(7), nullable=False),
        sa.Column("departs_local", sa.Time(), nullable=False),
        sa.Column("arrives_local", sa.Time(), nullable=False),
        sa.Column("arrival_day_shift", sa.SmallInteger(), nullable=False),
        sa.Column("aircraft_type", word(24), nullable=False),
        sa.Column("base_fare_minor", sa.Integer(), nullable=False),
        sa.Column("generated_to", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["aircraft_type"], ["aircraft_types.code"], name=op.f("fk_schedules_aircraft_type")
        ),
        sa.ForeignKeyConstraint(
            ["airline_iata"], ["airlines.iata"], name=op.f("fk_schedules_airline_iata")
        ),
        sa.ForeignKeyConstraint(
            ["destination_iata"], ["airports.iata"], name=op.f("fk_schedules_destination_iata")
        ),
        sa.ForeignKeyConstraint(
            ["origin_iata"], ["airports.iata"], name=op.f("fk_schedules_origin_iata")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedules")),
        sa.UniqueConstraint(
            "airline_iata",
            "number",
            "origin_iata",
            "operates_from",
            name=op.f("uq_schedules_airline_iata_number_origin_iata_operates_from"),
        ),
    )
    with op.batch_alter_table("schedules", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_schedules_generated_to"), ["generated_to"], unique=False
        )

    op.create_table(
        "users",
        sa.Column("id", ID, nullable=False),
        sa.Column("email", exact_text(254), nullable=False),
        sa.Column("password_hash", sa.String(length=128), nullable=False),
        sa.Column("role", word(16), nullable=False),
        sa.Column("airline_iata", code(2), nullable=True),
        sa.Column("session_epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "(role = 'airline_staff') = (airline_iata IS NOT NULL)", name=op.f("ck_users_staff")
        ),
        sa.ForeignKeyConstraint(
            ["airline_iata"], ["airlines.iata"], name=op.f("fk_users_airline_iata")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_table(
        "bookings",
        sa.Column("id", ID, nullable=False),
        sa.Column("reference", code(6), nullable=False),
        sa.Column("idempotency_key", word(64), nullable=False),
        sa.Column("offer_digest", code(64), nullable=False),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("status", word(10), nullable=False),
        sa.Column("cabin", word(16), nullable=False),
        sa.Column("adults", sa.SmallInteger(), nullable=False),
        sa.Column("children", sa.SmallInteger(), nullable=False),
        sa.Column("infants", sa.SmallInteger(), nullable=False),
        sa.Column("total_minor", sa.Integer(), nullable=False),
        sa.Column("currency", code(3), nullable=False),
        sa.Column("contact_email", sa.String(length=254), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        sa.Column("cancelled_at", INSTANT, nullable=True),
        sa.CheckConstraint("adults + children + infants <= 9", name=op.f("ck_bookings_party")),
        sa.CheckConstraint("adults BETWEEN 1 AND 9", name=op.f("ck_bookings_adults")),
        sa.CheckConstraint("infants <= adults", name=op.f("ck_bookings_laps")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_bookings_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookings")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_bookings_idempotency_key")),
        sa.UniqueConstraint("reference", name=op.f("uq_bookings_reference")),
    )
    with op.batch_alter_table("bookings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bookings_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_bookings_user_id"), ["user_id"], unique=False)

    op.create_table(
        "flights",
        sa.Column("id", ID, nullable=False),
        sa.Column("airline_iata", code(2), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("origin_iata", code(3), nullable=False),
        sa.Column("destination_iata", code(3), nullable=False),
        sa.Column("departs_on", sa.Date(), nullable=False),
        sa.Column("departs_at", INSTANT, nullable=False),
        sa.Column("arrives_at", INSTANT, nullable=False),
        sa.Column("estimated_departs_at", INSTANT, nullable=True),
        sa.Column("estimated_arrives_at", INSTANT, nullable=True),
        sa.Column("status", word(10), nullable=False),
        sa.Column("aircraft_id", ID, nullable=False),
        sa.Column("terminal", sa.String(length=4), nullable=True),
        sa.Column("gate", sa.String(length=6), nullable=True),
        sa.CheckConstraint(
            "arrives_at > departs_at", name=op.f("ck_flights_arrives_after_departing")
        ),
        sa.CheckConstraint(
            "origin_iata <> destination_iata", name=op.f("ck_flights_goes_somewhere")
        ),
        sa.ForeignKeyConstraint(
            ["aircraft_id"], ["aircraft.id"], name=op.f("fk_flights_aircraft_id")
        ),
        sa.ForeignKeyConstraint(
            ["airline_iata"], ["airlines.iata"], name=op.f("fk_flights_airline_iata")
        ),
        sa.ForeignKeyConstraint(
            ["destination_iata"], ["airports.iata"], name=op.f("fk_flights_destination_iata")
        ),
        sa.ForeignKeyConstraint(
            ["origin_iata"], ["airports.iata"], name=op.f("fk_flights_origin_iata")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flights")),
        sa.UniqueConstraint(
            "airline_iata",
            "number",
            "departs_on",
            "origin_iata",
            name=op.f("uq_flights_airline_iata_number_departs_on_origin_iata"),
        ),
    )
    with op.batch_alter_table("flights", schema=None) as batch_op:
        batch_op.create_index(
            "ix_flights_airline_day", ["airline_iata", "departs_on"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_flights_destination_iata"), ["destination_iata"], unique=False
        )
        batch_op.create_index(
            "ix_flights_route", ["origin_iata", "destination_iata", "departs_on"], unique=False
        )

    op.create_table(
        "booking_events",
        sa.Column("id", ID, nullable=False),
        sa.Column("booking_id", ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.String(length=254), nullable=False),
        sa.Column("what", word(40), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("fk_booking_events_booking_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_events")),
    )
    with op.batch_alter_table("booking_events", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_booking_events_booking_id"), ["booking_id"], unique=False
        )

    op.create_table(
        "flight_cabins",
        sa.Column("flight_id", ID, nullable=False),
        sa.Column("cabin", word(16), nullable=False),
        sa.Column("capacity", sa.SmallInteger(), nullable=False),
        sa.Column("sellable", sa.SmallInteger(), nullable=False),
        sa.Column("sold", sa.SmallInteger(), nullable=False),
        sa.Column("held", sa.SmallInteger(), nullable=False),
        sa.Column("fare_minor", sa.Integer(), nullable=False),
        sa.Column("currency", code(3), nullable=False),
        sa.CheckConstraint("fare_minor > 0", name=op.f("ck_flight_cabins_fare")),
        sa.CheckConstraint("held >= 0", name=op.f("ck_flight_cabins_held")),
        sa.CheckConstraint("sold + held <= sellable", name=op.f("ck_flight_cabins_not_oversold")),
        sa.CheckConstraint("sold >= 0", name=op.f("ck_flight_cabins_sold")),
        sa.ForeignKeyConstraint(
            ["flight_id"], ["flights.id"], name=op.f("fk_flight_cabins_flight_id")
        ),
        sa.PrimaryKeyConstraint("flight_id", "cabin", name=op.f("pk_flight_cabins")),
    )
    op.create_table(
        "flight_events",
        sa.Column("id", ID, nullable=False),
        sa.Column("flight_id", ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.String(length=254), nullable=False),
        sa.Column("what", word(40), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["flight_id"], ["flights.id"], name=op.f("fk_flight_events_flight_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flight_events")),
    )
    with op.batch_alter_table("flight_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_flight_events_flight_id"), ["flight_id"], unique=False)

    op.create_table(
        "passengers",
        sa.Column("id", ID, nullable=False),
        sa.Column("booking_id", ID, nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("kind", word(10), nullable=False),
        sa.Column("given_name", sa.String(length=60), nullable=True),
        sa.Column("family_name", sa.String(length=60), nullable=True),
        sa.Column("born_on", sa.Date(), nullable=True),
        sa.Column("price_minor", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('adult', 'child', 'infant')", name=op.f("ck_passengers_kind")),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("fk_passengers_booking_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passengers")),
        sa.UniqueConstraint(
            "booking_id", "position", name=op.f("uq_passengers_booking_id_position")
        ),
    )
    op.create_table(
        "seat_claims",
        sa.Column("id", ID, nullable=False),
        sa.Column("flight_id", ID, nullable=False),
        sa.Column("cabin", word(16), nullable=False),
        sa.Column("seats", sa.SmallInteger(), nullable=False),
        sa.Column("status", word(10), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.CheckConstraint("seats > 0", name=op.f("ck_seat_claims_seats")),
        sa.ForeignKeyConstraint(
            ["flight_id", "cabin"],
            ["flight_cabins.flight_id", "flight_cabins.cabin"],
            name=op.f("fk_seat_claims_flight_id_cabin"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_claims")),
    )
    with op.batch_alter_table("seat_claims", schema=None) as batch_op:
        batch_op.create_index("ix_seat_claims_flight_cabin", ["flight_id", "cabin"], unique=False)
        batch_op.create_index(
            "ix_seat_claims_status", ["status", "flight_id", "cabin", "expires_at"], unique=False
        )

    op.create_table(
        "segments",
        sa.Column("id", ID, nullable=False),
        sa.Column("booking_id", ID, nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("flight_id", ID, nullable=False),
        sa.Column("claim_id", ID, nullable=False),
        sa.Column("told_departs_at", INSTANT, nullable=False),
        sa.Column("told_arrives_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("fk_segments_booking_id")
        ),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["seat_claims.id"], name=op.f("fk_segments_claim_id")
        ),
        sa.ForeignKeyConstraint(["flight_id"], ["flights.id"], name=op.f("fk_segments_flight_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segments")),
        sa.UniqueConstraint("booking_id", "position", name=op.f("uq_segments_booking_id_position")),
        sa.UniqueConstraint("claim_id", name=op.f("uq_segments_claim_id")),
    )
    with op.batch_alter_table("segments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_segments_flight_id"), ["flight_id"], unique=False)


def downgrade():
    with op.batch_alter_table("segments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_segments_flight_id"))

    op.drop_table("segments")
    with op.batch_alter_table("seat_claims", schema=None) as batch_op:
        batch_op.drop_index("ix_seat_claims_status")
        batch_op.drop_index("ix_seat_claims_flight_cabin")

    op.drop_table("seat_claims")
    op.drop_table("passengers")
    with op.batch_alter_table("flight_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_flight_events_flight_id"))

    op.drop_table("flight_events")
    op.drop_table("flight_cabins")
    with op.batch_alter_table("booking_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_booking_events_booking_id"))

    op.drop_table("booking_events")
    with op.batch_alter_table("flights", schema=None) as batch_op:
        batch_op.drop_index("ix_flights_route")
        batch_op.drop_index(batch_op.f("ix_flights_destination_iata"))
        batch_op.drop_index("ix_flights_airline_day")

    op.drop_table("flights")
    with op.batch_alter_table("bookings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bookings_user_id"))
        batch_op.drop_index(batch_op.f("ix_bookings_expires_at"))

    op.drop_table("bookings")
    op.drop_table("users")
    with op.batch_alter_table("schedules", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_schedules_generated_to"))

    op.drop_table("schedules")
    op.drop_table("cabin_layouts")
    with op.batch_alter_table("aircraft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_aircraft_airline_iata"))

    op.drop_table("aircraft")
    op.drop_table("seat_layouts")
    with op.batch_alter_table("rate_limits", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rate_limits_expires_at"))

    op.drop_table("rate_limits")
    with op.batch_alter_table("notifications", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notifications_segment_id"))
        batch_op.drop_index("ix_notifications_lease")
        batch_op.drop_index("ix_notifications_due")
        batch_op.drop_index(batch_op.f("ix_notifications_booking_id"))

    op.drop_table("notifications")
    with op.batch_alter_table("airports", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_airports_city_code"))

    op.drop_table("airports")
    op.drop_table("airlines")
    op.drop_table("aircraft_types")
