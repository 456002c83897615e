"""Keep what airlines changed in trips, and what travellers answered."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def word(length):
    exact = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(exact, "mysql", "mariadb")


def upgrade():
    op.create_table(
        "schedule_changes",
        sa.Column("id", ID, nullable=False),
        sa.Column("booking_id", ID, nullable=False),
        sa.Column("segment_id", ID, nullable=False),
        sa.Column("open_segment_id", ID, nullable=True),
        sa.Column("answer", word(10), nullable=False),
        sa.Column("was_departs_at", INSTANT, nullable=False),
        sa.Column("was_arrives_at", INSTANT, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("handled_at", INSTANT, nullable=True),
        sa.Column("handled_by", sa.String(length=254), nullable=True),
        sa.CheckConstraint(
            "(answer = 'open') = (open_segment_id IS NOT NULL)",
            name=op.f("ck_schedule_changes_open"),
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["bookings.id"], name=op.f("fk_schedule_changes_booking_id")
        ),
        sa.ForeignKeyConstraint(
            ["segment_id"], ["segments.id"], name=op.f("fk_schedule_changes_segment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_changes")),
        sa.UniqueConstraint("open_segment_id", name=op.f("uq_schedule_changes_open_segment_id")),
    )
    op.create_index("ix_schedule_changes_answer", "schedule_changes", ["answer", "opened_at"])
    op.create_index(op.f("ix_schedule_changes_booking_id"), "schedule_changes", ["booking_id"])
    op.create_index(op.f("ix_schedule_changes_segment_id"), "schedule_changes", ["segment_id"])


def downgrade():
    op.execute("DELETE FROM notifications WHERE kind = 'schedule_change_open'")
    op.drop_table("schedule_changes")
