"""Plan mails for accounts and alerts, keep what is done to mails by hand, and preferences."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def word(length):
    exact = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(exact, "mysql", "mariadb")


def exact_text(length):
    exact = mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin")
    return sa.String(length).with_variant(exact, "mysql", "mariadb")


def upgrade():
    with op.batch_alter_table("notifications") as table:
        table.drop_column("facts")
        table.alter_column("booking_id", existing_type=ID, nullable=True)
        table.add_column(sa.Column("user_id", ID, nullable=True))
        table.add_column(sa.Column("about", word(40), nullable=True))
        table.add_column(sa.Column("repeats_id", ID, nullable=True))
        table.add_column(sa.Column("answer", sa.String(length=500), nullable=True))
        table.create_index(op.f("ix_notifications_user_id"), ["user_id"])
        table.create_index(op.f("ix_notifications_about"), ["about"])
        table.drop_index("ix_notifications_due")
        table.create_index("ix_notifications_due", ["state", "due_at", "kind"])
    op.execute(
        "UPDATE notifications SET user_id ="
        " (SELECT bookings.user_id FROM bookings WHERE bookings.id = notifications.booking_id)"
    )
    op.create_table(
        "notification_events",
        sa.Column("id", ID, nullable=False),
        sa.Column("notification_id", ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("actor", sa.String(length=254), nullable=False),
        sa.Column("what", word(20), nullable=False),
        sa.Column("words", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["notifications.id"],
            name=op.f("fk_notification_events_notification_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification_events")),
    )
    op.create_index(
        op.f("ix_notification_events_notification_id"), "notification_events", ["notification_id"]
    )
    op.create_table(
        "mail_preferences",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("address", exact_text(254), nullable=True),
        sa.Column("muted", sa.JSON(), nullable=False),
        sa.Column("reminder_hours", sa.SmallInteger(), nullable=False),
        sa.Column("locale", word(10), nullable=False),
        sa.CheckConstraint(
            "(user_id IS NULL) <> (address IS NULL)", name=op.f("ck_mail_preferences_whose")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_mail_preferences_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_preferences")),
        sa.UniqueConstraint("user_id", name=op.f("uq_mail_preferences_user_id")),
        sa.UniqueConstraint("address", name=op.f("uq_mail_preferences_address")),
    )


def downgrade():
    op.drop_table("mail_preferences")
    op.drop_table("notification_events")
    op.execute("DELETE FROM notifications WHERE booking_id IS NULL")
    with op.batch_alter_table("notifications") as table:
        table.drop_index("ix_notifications_due")
        table.create_index("ix_notifications_due", ["state", "due_at"])
        table.drop_index(op.f("ix_notifications_about"))
        table.drop_index(op.f("ix_notifications_user_id"))
        for column in ("answer", "repeats_id", "about", "user_id"):
            table.drop_column(column)
        table.alter_column("booking_id", existing_type=ID, nullable=False)
        table.add_column(sa.Column("facts", sa.JSON(), nullable=True))
    op.execute("UPDATE notifications SET facts = '{}'")
    with op.batch_alter_table("notifications") as table:
        table.alter_column("facts", existing_type=sa.JSON(), nullable=False)
