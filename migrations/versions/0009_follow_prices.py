"""Remember recent searches, and follow the prices of journeys."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0009"
down_revision = "0008"
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


def trip():
    return [
        sa.Column("origin", code(3), nullable=False),
        sa.Column("destination", code(3), nullable=False),
        sa.Column("depart", sa.Date(), nullable=False),
        sa.Column("return_on", sa.Date(), nullable=True),
        sa.Column("adults", sa.SmallInteger(), nullable=False),
        sa.Column("children", sa.SmallInteger(), nullable=False),
        sa.Column("infants", sa.SmallInteger(), nullable=False),
        sa.Column("cabin", word(16), nullable=False),
    ]


def upgrade():
    op.create_table(
        "recent_searches",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("key", word(80), nullable=False),
        *trip(),
        sa.Column("searched_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_recent_searches_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recent_searches")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_recent_searches_user_id_key")),
    )
    op.create_index("ix_recent_searches_newest", "recent_searches", ["user_id", "searched_at"])
    op.create_table(
        "price_alerts",
        sa.Column("id", ID, nullable=False),
        sa.Column("owner", word(80), nullable=False),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("email", exact_text(254), nullable=False),
        sa.Column("journey", word(80), nullable=False),
        *trip(),
        sa.Column("rule", word(10), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("currency", code(3), nullable=False),
        sa.Column("base_minor", sa.Integer(), nullable=False),
        sa.Column("seen_minor", sa.Integer(), nullable=True),
        sa.Column("before_minor", sa.Integer(), nullable=True),
        sa.Column("checked_at", INSTANT, nullable=False),
        sa.Column("told_at", INSTANT, nullable=True),
        sa.Column("state", word(12), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint("threshold > 0", name=op.f("ck_price_alerts_threshold")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_price_alerts_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_alerts")),
        sa.UniqueConstraint("owner", "journey", name=op.f("uq_price_alerts_owner_journey")),
    )
    op.create_index("ix_price_alerts_check", "price_alerts", ["state", "checked_at"])
    op.create_index(op.f("ix_price_alerts_user_id"), "price_alerts", ["user_id"])


def downgrade():
    op.execute("DELETE FROM notifications WHERE kind IN ('price_alert', 'alert_opened')")
    op.drop_table("price_alerts")
    op.drop_table("recent_searches")
