"""Give no alert the id of one that was stopped, and find the holds past their time among the held."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade():
    _make_alerts_anew(sqlite_autoincrement=True)
    op.create_index("ix_bookings_status", "bookings", ["status", "expires_at"])
    op.drop_index(op.f("ix_bookings_expires_at"), table_name="bookings")


def downgrade():
    op.create_index(op.f("ix_bookings_expires_at"), "bookings", ["expires_at"])
    op.drop_index("ix_bookings_status", table_name="bookings")
    _make_alerts_anew(sqlite_autoincrement=False)


def _make_alerts_anew(*, sqlite_autoincrement):
    # MariaDB never gives an id twice; SQLite does, unless the table says otherwise.
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table(
            "price_alerts",
            recreate="always",
            table_kwargs={"sqlite_autoincrement": sqlite_autoincrement},
        ):
            pass
