"""Find the travel documents, the holds and the searches that are to be forgotten."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def upgrade():
    op.add_column("passengers", sa.Column("document_given_at", INSTANT, nullable=True))
    # When those that are there were given was not kept: it was after the seats were held.
    op.execute(
        "UPDATE passengers SET document_given_at ="
        " (SELECT created_at FROM bookings WHERE bookings.id = passengers.booking_id)"
        " WHERE document_number IS NOT NULL"
    )
    op.create_index(op.f("ix_passengers_document_given_at"), "passengers", ["document_given_at"])
    op.add_column("bookings", sa.Column("forgotten_at", INSTANT, nullable=True))
    op.create_index("ix_bookings_forgotten", "bookings", ["status", "forgotten_at", "expires_at"])
    op.create_index(op.f("ix_recent_searches_depart"), "recent_searches", ["depart"])


def downgrade():
    op.drop_index(op.f("ix_recent_searches_depart"), table_name="recent_searches")
    op.drop_index("ix_bookings_forgotten", table_name="bookings")
    op.drop_column("bookings", "forgotten_at")
    op.drop_index(op.f("ix_passengers_document_given_at"), table_name="passengers")
    op.drop_column("passengers", "document_given_at")
